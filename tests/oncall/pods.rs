//! Rows 11 to 15, 17, 28 and 34: Pods that crash, cannot be pulled, are not Ready, are killed, or are never made.

use crate::bench::Bench;

/// Row 11: OrderedReady stops at the Pod that crashes (rules P11, P12).
#[test]
fn a_crash_loop_stops_an_ordered_set() {
    let bench = Bench::row(11);
    bench.shows("Pod/web-0", "Warning BackOff Back-off restarting failed container nginx in pod web-0_default(");
    let set = bench.get("sts web");
    assert_eq!((&set["status"]["replicas"], set["status"].get("readyReplicas")), (&1.into(), None));
    bench.why("pod/web-0", &["CrashLoopBackOff", "web-1 is not made until web-0 is Running and Ready."]);
}
