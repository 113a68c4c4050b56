//! Faults in words: what is broken, and the command that heals it.

use super::{ailment, section::Section};
use crate::cluster::faults::{About, Ailment, ContainerFault, parts};
use crate::cluster::{Fault, Faults};
use crate::resource::Meta;

/// One fault in force: about what, in words, and how to end it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// `Pod web-1`.
    pub about: String,
    /// `its containers are never Ready`.
    pub what: String,
    /// The command that ends it.
    pub heal: String,
}

/// All faults in force.
#[must_use]
pub fn in_force(faults: &Faults) -> Vec<InForce> {
    let mut out = Vec::new();
    for (name, fault) in &faults.pods {
        out.extend(of_containers("pod", "Pod", name, *fault));
    }
    for (image, fault) in &faults.images {
        out.extend(of_containers("image", "Image", image, *fault));
    }
    for node in &faults.nodes_down {
        out.push(InForce {
            about: format!("Node {node}"),
            what: "its kubelet does not report".into(),
            heal: format!("sts-lab fault node {node} --up"),
        });
    }
    if faults.no_resizer {
        out.push(InForce {
            about: "Storage".into(),
            what: "volumes are not resized".into(),
            heal: "sts-lab fault storage --resizer=true".into(),
        });
    }
    for claim in faults.disks.claims() {
        let (flag, name) = typed(claim);
        out.push(InForce {
            about: format!("PVC {}", shown(claim)),
            what: "its volume is full: \"No space left on device\"".into(),
            heal: format!("sts-lab fault pvc {name}{flag} --full=false"),
        });
    }
    for (driver, up) in &faults.drivers {
        let (what, heal) = if *up { ("it runs", "down") } else { ("its controller does not run", "up") };
        out.push(InForce {
            about: format!("Driver {driver}"),
            what: what.into(),
            heal: format!("sts-lab fault storage --driver={driver} --{heal}"),
        });
    }
    out
}

fn of_containers(word: &str, kind: &str, name: &str, fault: ContainerFault) -> Vec<InForce> {
    // The slash in an image's name is its own.
    let (name, container) = if word == "image" { (name.to_string(), None) } else { ailment::place(name) };
    let about = container.map_or_else(String::new, |container| format!(", container {container}"));
    let flag = container.map_or_else(String::new, |container| format!(" --container={container}"));
    // The colon in an image's name is its own, too.
    let (shown, (place, typed)) =
        if word == "image" { (name.clone(), (String::new(), name.as_str())) } else { (shown(&name), typed(&name)) };
    let told = |what: String, forget: &str| InForce {
        about: format!("{kind} {shown}{about}"),
        what,
        heal: format!("sts-lab fault {word} {typed}{place}{flag} {forget}"),
    };
    let attributes = [("ready", fault.ready), ("crash", fault.crash), ("hang", fault.hang), ("pull", fault.pull)];
    let simple = attributes.into_iter().filter_map(|(attribute, value)| {
        Some(told(in_words(attribute, value?).to_string(), &format!("--{attribute}=null")))
    });
    let others = fault.ailments.said().filter_map(|what| Some(told(ailment::in_words(what)?, ailment::forget(what))));
    simple.chain(others).collect()
}

/// `web-0`, or `other/web-0` if a fault is about one namespace only.
fn shown(place: &str) -> String {
    place.replacen(':', "/", 1)
}

/// The flag that names the namespace, and the name.
fn typed(place: &str) -> (String, &str) {
    let (namespace, name) = parts(place);
    (namespace.map_or_else(String::new, |namespace| format!(" -n {namespace}")), name)
}

fn in_words(attribute: &str, value: bool) -> &'static str {
    match (attribute, value) {
        ("ready", false) => "its containers run, but are never Ready",
        ("ready", true) => "its containers are Ready as soon as they run",
        ("crash", true) => "its containers exit with code 1",
        ("crash", false) => "its containers do not exit",
        ("hang", true) => "it never finishes terminating",
        ("hang", false) => "it terminates as it should",
        ("pull", false) => "it cannot be pulled",
        ("pull", true) => "it can be pulled",
        _ => "",
    }
}

/// The table of faults; none if nothing is broken.
#[must_use]
pub fn faults(faults: &Faults) -> Option<Section> {
    let list = in_force(faults);
    if list.is_empty() {
        return None;
    }
    let mut section =
        Section::new("FAULTS", "What is broken on purpose, and how to heal it.", &["ABOUT", "~WHAT", "~HEAL WITH"]);
    for fault in list {
        section.table.row([fault.about.into(), fault.what.into(), fault.heal.into()]);
    }
    Some(section)
}

/// What a `fault` command did, in a sentence.
#[must_use]
pub fn confirmation(fault: &Fault) -> String {
    match fault {
        Fault::Pod { name, attribute, value: Some(value) } => {
            format!("{}: {}, this one and every later one of that name.", pod(name), in_words(attribute, *value))
        }
        Fault::Ailment { about, ailment } => ails(about, *ailment),
        Fault::Evict { name, resource } => {
            let name = shown(name);
            format!(
                "Pod {name} is evicted by its kubelet, once: the node is low on {resource}, and stays so for 5 minutes."
            )
        }
        Fault::Image { image, attribute, value: Some(value) } => match attribute.as_str() {
            "pull" => format!("Image {image}: {}.", in_words(attribute, *value)),
            _ => format!("Image {image}: {}.", in_words(attribute, *value).replacen("its", "all its", 1)),
        },
        Fault::Pod { name, attribute, value: None } => {
            format!("{}: nothing is said about `{attribute}` any more.", pod(name))
        }
        Fault::Image { image, attribute, value: None } => {
            format!("Image {image}: nothing is said about `{attribute}` any more.")
        }
        Fault::PodPhase { name, phase, .. } => format!("Pod {} ends, once: {phase}.", shown(name)),
        Fault::Node { name, up: false } => format!("Node {name}: its kubelet stops reporting."),
        Fault::Node { name, up: true } => format!("Node {name}: its kubelet reports again."),
        Fault::Resizer { works: true } => "Volumes are resized again.".into(),
        Fault::Resizer { works: false } => "Volumes are not resized any more.".into(),
        Fault::Disk { claim, full: true } => {
            let claim = shown(claim);
            format!("PVC {claim}: its volume is full, and whoever writes to it gets \"No space left on device\".")
        }
        Fault::Disk { claim, full: false } => format!("PVC {}: its volume has room again.", shown(claim)),
        Fault::Driver { name, up: true } => format!("Storage driver {name}: its controller runs."),
        Fault::Driver { name, up: false } => format!("Storage driver {name}: its controller does not run any more."),
        Fault::Clear => "All faults are forgotten.".into(),
    }
}

fn pod(name: &str) -> String {
    let (pod, container) = ailment::place(name);
    let pod = shown(&pod);
    container.map_or_else(|| format!("Pod {pod}"), |container| format!("Pod {pod}, container {container}"))
}

fn ails(about: &About, what: Ailment) -> String {
    let (about, later) = match about {
        About::Pod(name) => (pod(name), ", this one and every later one of that name"),
        About::Image(image) => (format!("Image {image}"), ""),
    };
    match ailment::in_words(what) {
        Some(words) => format!("{about}: {words}{later}."),
        None => {
            let flag = ailment::forget(what).trim_end_matches("null").trim_end_matches(['=', ':']);
            format!("{about}: nothing is said about `{}` any more.", flag.trim_start_matches('-'))
        }
    }
}

/// The fault in force that makes a Pod what it is, if one does.
#[must_use]
pub fn behind(faults: &Faults, pod: Option<&Meta>, images: &[String], node: Option<&str>) -> Option<InForce> {
    let names = pod.map(|pod| [format!("{}/{}", pod.namespace, pod.name), pod.name.to_string()]);
    let about = |fault: &InForce| {
        names.iter().flatten().any(|name| {
            fault.about == format!("Pod {name}") || fault.about.starts_with(&format!("Pod {name}, container "))
        }) || images.iter().any(|image| fault.about == format!("Image {image}"))
            || node.is_some_and(|node| fault.about == format!("Node {node}"))
    };
    in_force(faults).into_iter().find(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_say_how_to_end_them() {
        let mut all = Faults::default();
        let fault = Fault::Pod { name: "web-1".into(), attribute: "ready".into(), value: Some(false) };
        all.apply(&fault);
        all.apply(&Fault::Node { name: "node-2".into(), up: false });
        let heal: Vec<String> = in_force(&all).into_iter().map(|fault| fault.heal).collect();
        assert_eq!(heal, ["sts-lab fault pod web-1 --ready=null", "sts-lab fault node node-2 --up"]);
        assert!(confirmation(&fault).contains("never Ready"));
        let meta = |name: &str| {
            let mut meta = Meta::default();
            (meta.namespace, meta.name) = ("other".into(), name.into());
            meta
        };
        assert_eq!(behind(&all, Some(&meta("web-0")), &[], Some("node-2")).unwrap().about, "Node node-2");
        assert_eq!(behind(&all, Some(&meta("web-0")), &[], Some("node-1")), None);
        let fault = Fault::Pod { name: "other:web-0".into(), attribute: "crash".into(), value: Some(true) };
        all.apply(&fault);
        assert!(confirmation(&fault).starts_with("Pod other/web-0: "));
        let found = behind(&all, Some(&meta("web-0")), &[], None).unwrap();
        assert_eq!((&*found.about, &*found.heal), ("Pod other/web-0", "sts-lab fault pod web-0 -n other --crash=null"));
    }
}
