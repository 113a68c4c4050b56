//! Cluster profiles on the command line: `lab new --profile NAME|FILE`, and `lab profiles`, which lists those that ship or
//! writes one out, to be changed.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::desk::Desk;
use crate::cluster::profile::shipped::{self, ALL};
use crate::cluster::profile::{Attach, Driver, Profile, Topology};
use crate::manifest::did_you_mean;
use crate::view::table::Table;

/// The profile that a word on the command line means: one that ships, or a file. `None` is the default cluster.
pub fn find(word: &str, dir: &Path) -> anyhow::Result<Option<Profile>> {
    if word == "default" {
        return Ok(None);
    }
    if let Some(shipped) = shipped::find(word) {
        return shipped.profile().map(Some).map_err(anyhow::Error::msg);
    }
    let path = dir.join(word);
    if !path.exists() && !word.contains(['/', '.']) {
        bail!("{}", unknown(word));
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read the profile {word}"))?;
    let profile = Profile::parse(&text);
    profile.map(Some).map_err(|why| {
        anyhow::anyhow!("{word} is no profile of a cluster: {why}\n`sts-lab lab profiles default` explains each key")
    })
}

fn unknown(word: &str) -> String {
    let names: Vec<&str> = ALL.iter().map(|shipped| shipped.name).collect();
    match did_you_mean(word, names.iter().copied()) {
        Some(other) => format!("there is no profile {word}: did you mean {other}?"),
        None => {
            format!("there is no profile {word}, but {}; a file of your own needs a . or / in it", names.join(", "))
        }
    }
}

/// Lists the profiles, or writes one out.
pub fn show(desk: &Desk<'_>, name: Option<&str>) -> anyhow::Result<u8> {
    if let Some(name) = name {
        let Some(shipped) = shipped::find(name) else { bail!("{}", unknown(name)) };
        desk.out(shipped.text);
        return Ok(0);
    }
    let mut table = Table::new(&["PROFILE", "#NODES", "~WHAT IT IS LIKE"]);
    for shipped in ALL {
        let profile = shipped.profile().map_err(anyhow::Error::msg)?;
        let about = format!("{} Classes: {}", shipped.about, classes(&profile));
        let cells = [shipped.name.into(), profile.node_count().to_string(), about];
        table.row(cells.map(Into::into));
    }
    desk.out("Clusters that a lab can have; the class of claims that name none has a star.\n\n");
    desk.out(&table.render(desk.look()));
    desk.out(
        "\nNext    sts-lab lab new cloud --profile aws --use\n        \
         sts-lab lab profiles default > mine.yaml     # explains each key\n",
    );
    Ok(0)
}

/// The names of its classes; the default one has a star.
pub fn classes(profile: &Profile) -> String {
    let marked = |class: &serde_json::Value| {
        let annotations = &class["metadata"]["annotations"];
        annotations["storageclass.kubernetes.io/is-default-class"] == "true"
    };
    let name = |class: &serde_json::Value| {
        let star = if marked(class) { "*" } else { "" };
        format!("{}{star}", class["metadata"]["name"].as_str().unwrap_or_default())
    };
    profile.storage_classes.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// What a profile's drivers can do, in a table; empty if it has none.
pub fn drivers(profile: &Profile) -> Option<Table> {
    let mut table = Table::new(&["DRIVER", "MODES", "REACHED FROM", "GROWS", "ATTACHES", "#LIMIT"]);
    for driver in &profile.drivers {
        let attach = driver.attach.map_or("no".into(), |attach| format!("in {} s", attach.seconds));
        let limit = driver.attach.and_then(|attach: Attach| attach.limit).map_or("-".into(), |limit| limit.to_string());
        let cells = [driver.name.clone(), modes(driver), place(driver).into(), yes(driver.expands), attach, limit];
        table.row(cells.map(Into::into));
    }
    (!profile.drivers.is_empty()).then_some(table)
}

fn modes(driver: &Driver) -> String {
    let short = |mode: &String| match mode.as_str() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        _ => "RWOP",
    };
    driver.access_modes.iter().map(short).collect::<Vec<_>>().join(",")
}

fn place(driver: &Driver) -> &'static str {
    match driver.topology {
        Topology::Anywhere => "every node",
        Topology::Zone => "its zone",
        Topology::Node => "its node",
    }
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "no" }.into()
}
