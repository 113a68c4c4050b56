//! What a person has broken: the faults that the kubelet and the volume controllers obey.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::full_disk::FullDisks;
use crate::resource::Meta;
use crate::resource::model::ProbeKind;

/// What a fault is about: a `NAME`, in whatever namespace, or a `NAMESPACE:NAME`.
#[must_use]
pub fn place(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_string(), |namespace| format!("{namespace}:{name}"))
}

/// The namespace, if one is said, and the name of what a fault is about.
#[must_use]
pub fn parts(place: &str) -> (Option<&str>, &str) {
    place.split_once(':').map_or((None, place), |(namespace, name)| (Some(namespace), name))
}

/// Whether a fault that says `place` is about an object.
#[must_use]
pub fn is_about(place: &str, meta: &Meta) -> bool {
    let (namespace, name) = parts(place);
    *meta.name == *name && namespace.is_none_or(|namespace| *meta.namespace == *namespace)
}

/// What is wrong with a Pod's containers, or with those of an image. `None` is "nothing said".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFault {
    /// Whether they become Ready.
    pub ready: Option<bool>,
    /// Whether they exit with code 1.
    pub crash: Option<bool>,
    /// Pods only: whether they never finish terminating.
    pub hang: Option<bool>,
    /// Images only: whether the image can be pulled.
    pub pull: Option<bool>,
    /// What else ails them.
    pub ailments: Ailments,
}

/// What goes wrong in a container, beyond yes and no. `None` is "nothing said".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ailments {
    /// Whether the kernel kills it for want of memory.
    pub oom: Option<bool>,
    /// The code it exits with.
    pub exit_code: Option<u8>,
    /// What its startup probe finds.
    pub startup: Option<Finding>,
    /// What its readiness probe finds.
    pub readiness: Option<Finding>,
    /// What its liveness probe finds.
    pub liveness: Option<Finding>,
    /// What it answers to HTTP probes.
    pub http_status: Option<u16>,
    /// For how many milliseconds after its start it answers nobody.
    pub boot_ms: Option<u64>,
    /// For how many milliseconds after it was told to stop it goes on.
    pub stop_ms: Option<u64>,
    /// Whether its preStop hook works.
    pub pre_stop: Option<bool>,
}

/// What a probe finds, whatever the container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It succeeds.
    Ok,
    /// It fails.
    Fail,
    /// It gets no answer in time.
    Timeout,
}

impl Ailments {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Ailments::default()
    }

    /// What a probe of this kind finds, if that is said.
    #[must_use]
    pub fn finding(&self, kind: ProbeKind) -> Option<Finding> {
        match kind {
            ProbeKind::Startup => self.startup,
            ProbeKind::Readiness => self.readiness,
            ProbeKind::Liveness => self.liveness,
        }
    }

    /// How long it takes until it answers.
    #[must_use]
    pub fn boot(&self) -> Option<Duration> {
        self.boot_ms.map(Duration::from_millis)
    }

    /// How long it takes to stop.
    #[must_use]
    pub fn stop(&self) -> Option<Duration> {
        self.stop_ms.map(Duration::from_millis)
    }

    /// What is said here, and where nothing is, there.
    fn or(self, other: Ailments) -> Ailments {
        Ailments {
            oom: self.oom.or(other.oom),
            exit_code: self.exit_code.or(other.exit_code),
            startup: self.startup.or(other.startup),
            readiness: self.readiness.or(other.readiness),
            liveness: self.liveness.or(other.liveness),
            http_status: self.http_status.or(other.http_status),
            boot_ms: self.boot_ms.or(other.boot_ms),
            stop_ms: self.stop_ms.or(other.stop_ms),
            pre_stop: self.pre_stop.or(other.pre_stop),
        }
    }

    /// All that is said.
    pub fn said(self) -> impl Iterator<Item = Ailment> {
        let all = [
            self.oom.map(|value| Ailment::Oom(Some(value))),
            self.exit_code.map(|value| Ailment::ExitCode(Some(value))),
            self.startup.map(|value| Ailment::Startup(Some(value))),
            self.readiness.map(|value| Ailment::Readiness(Some(value))),
            self.liveness.map(|value| Ailment::Liveness(Some(value))),
            self.http_status.map(|value| Ailment::HttpStatus(Some(value))),
            self.boot_ms.map(|value| Ailment::BootMs(Some(value))),
            self.stop_ms.map(|value| Ailment::StopMs(Some(value))),
            self.pre_stop.map(|value| Ailment::PreStop(Some(value))),
        ];
        all.into_iter().flatten()
    }

    fn set(&mut self, ailment: Ailment) {
        match ailment {
            Ailment::Oom(value) => self.oom = value,
            Ailment::ExitCode(value) => self.exit_code = value,
            Ailment::Startup(value) => self.startup = value,
            Ailment::Readiness(value) => self.readiness = value,
            Ailment::Liveness(value) => self.liveness = value,
            Ailment::HttpStatus(value) => self.http_status = value,
            Ailment::BootMs(value) => self.boot_ms = value,
            Ailment::StopMs(value) => self.stop_ms = value,
            Ailment::PreStop(value) => self.pre_stop = value,
        }
    }
}

/// One attribute of [`Ailments`] and its value; `None` forgets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ailment {
    /// `--oom`
    Oom(Option<bool>),
    /// `--exit-code`
    ExitCode(Option<u8>),
    /// `--probe=startup:…`
    Startup(Option<Finding>),
    /// `--probe=readiness:…`
    Readiness(Option<Finding>),
    /// `--probe=liveness:…`
    Liveness(Option<Finding>),
    /// `--http-status`
    HttpStatus(Option<u16>),
    /// `--boot`, in milliseconds
    BootMs(Option<u64>),
    /// `--stop`, in milliseconds
    StopMs(Option<u64>),
    /// `--pre-stop`
    PreStop(Option<bool>),
}

/// Whose containers a fault is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum About {
    /// A Pod by its [`place`], or one container of it: `POD/CONTAINER`.
    Pod(String),
    /// An image.
    Image(String),
}

/// One `fault` command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// `fault pod NAME --ATTRIBUTE=VALUE`: `None` forgets the attribute.
    Pod {
        /// The Pod, by its [`place`]; also a later Pod of that name.
        name: String,
        /// Which attribute: `ready`, `crash` or `hang`.
        attribute: String,
        /// Its value.
        value: Option<bool>,
    },
    /// `fault pod NAME --phase=PHASE [--reason=R] [--message=M]`: the present Pod ends, once.
    PodPhase {
        /// The Pod.
        name: String,
        /// `Failed` or `Succeeded`.
        phase: String,
        /// `status.reason`.
        reason: Option<String>,
        /// `status.message`.
        message: Option<String>,
    },
    /// `fault image IMAGE --ATTRIBUTE=VALUE`.
    Image {
        /// The image as manifests name it.
        image: String,
        /// Which attribute: `ready`, `crash` or `pull`.
        attribute: String,
        /// Its value.
        value: Option<bool>,
    },
    /// `fault node NAME --down|--up`.
    Node {
        /// The node.
        name: String,
        /// Whether its kubelet reports.
        up: bool,
    },
    /// `fault storage --resizer=BOOL`.
    Resizer {
        /// Whether volumes are resized.
        works: bool,
    },
    /// `fault pod|image NAME` with what goes wrong beyond yes and no.
    Ailment {
        /// Whose containers.
        about: About,
        /// What ails them.
        ailment: Ailment,
    },
    /// `fault pod NAME --evict[=RESOURCE]`: the kubelet evicts the present Pod, once.
    Evict {
        /// The Pod.
        name: String,
        /// What the node runs short of.
        resource: String,
    },
    /// `fault storage --driver=NAME --down|--up`.
    Driver {
        /// The storage driver.
        name: String,
        /// Whether it runs.
        up: bool,
    },
    /// `fault pvc NAME --full=BOOL`.
    Disk {
        /// The claim, by its [`place`].
        claim: String,
        /// Whether its volume is full.
        full: bool,
    },
    /// `fault clear`: forgets all faults.
    Clear,
}

impl Fault {
    /// Whether the first programs that had faults know it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match self {
            Fault::Pod { name, .. } | Fault::PodPhase { name, .. } => parts(name).0.is_none(),
            Fault::Image { .. } | Fault::Node { .. } | Fault::Resizer { .. } | Fault::Clear => true,
            Fault::Ailment { .. } | Fault::Evict { .. } | Fault::Driver { .. } | Fault::Disk { .. } => false,
        }
    }
}

/// All faults in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// By Pod name, or `POD/CONTAINER`.
    pub pods: BTreeMap<String, ContainerFault>,
    /// By image.
    pub images: BTreeMap<String, ContainerFault>,
    /// Nodes whose kubelet does not report.
    pub nodes_down: BTreeSet<String>,
    /// Whether the resizer has stopped.
    pub no_resizer: bool,
    /// Storage drivers of which was said that they run, or that they do not.
    pub drivers: BTreeMap<String, bool>,
    /// Claims whose volumes are full.
    pub disks: FullDisks,
}

impl Faults {
    /// Takes a fault into account; what happens once is for the kubelet and changes nothing here.
    pub fn apply(&mut self, fault: &Fault) {
        match fault {
            Fault::Pod { name, attribute, value } => set(&mut self.pods, name, attribute, *value),
            Fault::Image { image, attribute, value } => set(&mut self.images, image, attribute, *value),
            Fault::Node { name, up: false } => {
                self.nodes_down.insert(name.clone());
            }
            Fault::Node { name, up: true } => {
                self.nodes_down.remove(name);
            }
            Fault::Resizer { works } => self.no_resizer = !works,
            Fault::Driver { name, up } => {
                self.drivers.insert(name.clone(), *up);
            }
            Fault::Clear => *self = Faults::default(),
            Fault::Ailment { about: About::Pod(name), ailment } => {
                change(&mut self.pods, name, |fault| fault.ailments.set(*ailment));
            }
            Fault::Ailment { about: About::Image(image), ailment } => {
                change(&mut self.images, image, |fault| fault.ailments.set(*ailment));
            }
            // What is on which disk the cluster knows.
            Fault::PodPhase { .. } | Fault::Evict { .. } | Fault::Disk { .. } => {}
        }
    }

    /// Whether nothing is said of any container.
    #[must_use]
    pub fn spare_containers(&self) -> bool {
        self.pods.is_empty() && self.images.is_empty() && self.disks.is_empty()
    }

    /// What holds for a container: its own fault, where that says nothing its Pod's, and then its image's.
    #[must_use]
    pub fn of_container(&self, pod: &Meta, container: &str, image: &str) -> ContainerFault {
        if self.spare_containers() {
            return ContainerFault::default();
        }
        let full = self.disks.of_pod(pod).map(|_| ContainerFault { crash: Some(true), ..ContainerFault::default() });
        let [own, any] = places(pod).map(|place| self.pods.get(&place));
        self.own(pod, container).or(own).or(any).or(self.images.get(image)).or(full.as_ref())
    }

    /// The same for an init container, which a fault of the whole Pod is not about.
    #[must_use]
    pub fn of_init_container(&self, pod: &Meta, container: &str, image: &str) -> ContainerFault {
        if self.spare_containers() {
            return ContainerFault::default();
        }
        self.own(pod, container).or(self.images.get(image))
    }

    fn own(&self, pod: &Meta, container: &str) -> ContainerFault {
        if self.pods.is_empty() {
            return ContainerFault::default();
        }
        let [own, any] = places(pod).map(|place| self.pods.get(&format!("{place}/{container}")));
        own.copied().unwrap_or_default().or(any)
    }

    /// Whether a Pod never finishes terminating.
    #[must_use]
    pub fn hangs(&self, pod: &Meta) -> bool {
        let said = |place: &String| self.pods.get(place).and_then(|fault| fault.hang);
        !self.pods.is_empty() && places(pod).iter().find_map(said) == Some(true)
    }
}

/// What faults may call a Pod: the narrower place first.
fn places(pod: &Meta) -> [String; 2] {
    [place(Some(&pod.namespace), &pod.name), pod.name.to_string()]
}

impl ContainerFault {
    /// What is said here, and where nothing is, there.
    fn or(self, other: Option<&ContainerFault>) -> ContainerFault {
        let Some(other) = other else { return self };
        ContainerFault {
            ready: self.ready.or(other.ready),
            crash: self.crash.or(other.crash),
            hang: self.hang.or(other.hang),
            pull: self.pull.or(other.pull),
            ailments: self.ailments.or(other.ailments),
        }
    }
}

fn set(faults: &mut BTreeMap<String, ContainerFault>, name: &str, attribute: &str, value: Option<bool>) {
    change(faults, name, |fault| match attribute {
        "ready" => fault.ready = value,
        "crash" => fault.crash = value,
        "hang" => fault.hang = value,
        "pull" => fault.pull = value,
        _ => {}
    });
}

fn change(faults: &mut BTreeMap<String, ContainerFault>, name: &str, change: impl FnOnce(&mut ContainerFault)) {
    let fault = faults.entry(name.to_string()).or_default();
    change(fault);
    if *fault == ContainerFault::default() {
        faults.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearest_to_a_container_counts() {
        let mut faults = Faults::default();
        let pod = |name: &str, ailment| Fault::Ailment { about: About::Pod(name.into()), ailment };
        faults.apply(&Fault::Ailment { about: About::Image("a:1".into()), ailment: Ailment::ExitCode(Some(3)) });
        faults.apply(&pod("web-0", Ailment::ExitCode(Some(2))));
        faults.apply(&pod("web-0/side", Ailment::ExitCode(Some(1))));
        faults.apply(&pod("other:web-0", Ailment::ExitCode(Some(9))));
        let meta = |place: &str| {
            let (namespace, name) = parts(place);
            let mut meta = Meta::default();
            (meta.namespace, meta.name) = (namespace.unwrap_or("default").into(), name.into());
            meta
        };
        let code = |pod: &str, container: &str| faults.of_container(&meta(pod), container, "a:1").ailments.exit_code;
        assert_eq!([code("other:web-0", "app"), code("third:web-0", "app")], [Some(9), Some(2)]);
        assert_eq!([code("web-0", "side"), code("web-0", "app"), code("web-1", "app")], [Some(1), Some(2), Some(3)]);
        let init = |container: &str| faults.of_init_container(&meta("web-0"), container, "b").ailments.exit_code;
        assert_eq!([init("side"), init("init")], [Some(1), None]);
        let mut healed = faults.clone();
        healed.apply(&pod("web-0/side", Ailment::ExitCode(None)));
        assert!(!healed.pods.contains_key("web-0/side"));
    }

    #[test]
    fn faults_of_old_journals_are_read() {
        let old = r#"{"pod":{"name":"web-0","attribute":"crash","value":true}}"#;
        let fault: Fault = serde_json::from_str(old).unwrap();
        assert_eq!(fault, Fault::Pod { name: "web-0".into(), attribute: "crash".into(), value: Some(true) });
        assert_eq!(serde_json::to_string(&fault).unwrap(), old);
        assert!(
            fault.is_plain()
                && !Fault::PodPhase {
                    name: place(Some("other"), "web-0"),
                    phase: "Failed".into(),
                    reason: None,
                    message: None,
                }
                .is_plain()
        );
    }
}
