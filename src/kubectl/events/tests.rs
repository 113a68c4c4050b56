//! `kubectl events` on a server that answers from memory.

use super::super::testing::{Bench, Fake};

const CREATED: &str = "
apiVersion: v1
kind: Event
metadata: {name: web.1}
type: Normal
reason: SuccessfulCreate
message: 'Create Pod web-0 in StatefulSet web successful '
involvedObject: {kind: StatefulSet, apiVersion: apps/v1, name: web}
count: 3
firstTimestamp: 2025-12-31T23:58:00Z
lastTimestamp: 2025-12-31T23:59:30Z
";

const SCHEDULED: &str = "
apiVersion: v1
kind: Event
metadata: {name: web-0.2}
type: Warning
reason: FailedScheduling
message: none fits
involvedObject: {kind: Pod, apiVersion: v1, name: web-0}
firstTimestamp: null
lastTimestamp: null
eventTime: 2025-12-31T23:59:20.500000Z
";

fn bench() -> Bench {
    Bench::new(Fake::with(&[CREATED, SCHEDULED]))
}

#[test]
fn events_are_sorted_by_time() {
    let rows = "LAST SEEN          TYPE      REASON             OBJECT            MESSAGE\n\
                39s                Warning   FailedScheduling   Pod/web-0         none fits\n\
                30s (x3 over 2m)   Normal    SuccessfulCreate   StatefulSet/web   Create Pod web-0 in StatefulSet web \
                successful\n";
    bench().check("events", (0, rows, ""));
    let warning = "39s   Warning   FailedScheduling   Pod/web-0   none fits\n";
    bench().check("events --types=warning --no-headers", (0, warning, ""));
    let all = "NAMESPACE   LAST SEEN   TYPE      REASON             OBJECT      MESSAGE\n\
               default     39s         Warning   FailedScheduling   Pod/web-0   none fits\n";
    bench().check("events -A --types=Warning", (0, all, ""));
}

#[test]
fn forms() {
    bench().check("events -o jsonpath={.items[*].metadata.name}", (0, "web-0.2 web.1", ""));
    bench().check("events -o name", (0, "", ""));
    let json = "{
    \"kind\": \"EventList\",
    \"apiVersion\": \"v1\",
    \"metadata\": {},
    \"items\": [
        {
            \"kind\": \"Event\",
            \"apiVersion\": \"v1\",
            \"metadata\": {
                \"name\": \"web-0.2\",
                \"namespace\": \"default\",
                \"uid\": \"uid-2\",
                \"resourceVersion\": \"2\"
            },
            \"involvedObject\": {
                \"kind\": \"Pod\",
                \"name\": \"web-0\",
                \"apiVersion\": \"v1\"
            },
            \"reason\": \"FailedScheduling\",
            \"message\": \"none fits\",
            \"firstTimestamp\": null,
            \"lastTimestamp\": null,
            \"type\": \"Warning\",
            \"eventTime\": \"2025-12-31T23:59:20.500000Z\"
        }
    ]
}
";
    bench().check("events -o json --types Warning", (0, json, ""));
}

#[test]
fn nothing_found_and_wrong_words() {
    Bench::default().check("events", (0, "", "No events found in default namespace.\n"));
    Bench::default().check("events -n other", (0, "", "No events found in other namespace.\n"));
    Bench::default().check("events -A", (0, "", "No events found.\n"));
    let fails = |line: &str, error: &str| Bench::default().check(line, (1, "", error));
    fails("events --types=Odd", "error: valid --types are Normal or Warning\n");
    fails("events --for web", "error: --for must be in resource/name form\n");
    fails("events --for a/b/c", "error: arguments in resource/name form may not have more than one slash\n");
    fails("events --for nope/web", "error: no matches for /, Resource=nope\n");
}

#[test]
fn for_an_object() {
    let mut bench = Bench::default();
    bench.check("events --for sts/web", (0, "", "No events found in default namespace.\n"));
    let selector = bench.api.requests[0].options.field_selector.as_deref();
    let expect = "involvedObject.kind=StatefulSet,involvedObject.apiVersion=apps/v1,involvedObject.name=web";
    assert_eq!(selector, Some(expect));
}
