//! `sts-lab` without arguments: what it is, three things to type, and how to see all.

use super::desk::Room;
use super::open::home;

/// The first screen.
pub fn screen(room: &Room) -> String {
    let begun = home(room).named(&home(room).current()).join(crate::lab::FILE).exists();
    let lab = if begun { "See where your lab stands:" } else { "See the whole lab on one screen:" };
    let rows = [
        ("Take the first lesson, 10 minutes:", "sts-lab lesson start"),
        ("Watch a set come up, Pod by Pod:", "sts-lab apply web"),
        (lab, "sts-lab status"),
    ];
    let rows: String = rows.iter().map(|(what, line)| format!("  {what:<36}{line}\n")).collect();
    format!(
        "sts-lab is a Kubernetes StatefulSet world in one program: it runs real manifests\n\
         on a model of a cluster, and shows and explains what Kubernetes v1.36 does.\n\n\
         {rows}\n\
         `sts-lab shell` is a prompt with kubectl in it; `sts-lab --help` lists everything.\n"
    )
}
