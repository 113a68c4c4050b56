//! `sts-lab lab list`: the labs there are.

use serde_json::{Value, json};

use crate::cli::desk::Desk;
use crate::lab::place::Home;
use crate::lab::{Contents, read};
use crate::view::table::Table;

/// Lists them.
pub fn list(desk: &Desk<'_>, home: &Home, output: &str) {
    let current = home.current();
    let mut names = home.names();
    if !names.contains(&current) {
        names.push(current.clone());
        names.sort();
    }
    let labs: Vec<(String, Value)> =
        names.into_iter().map(|name| (name.clone(), about(home, &name, &current))).collect();
    match output {
        "json" => desk.out(&format!("{:#}\n", labs.into_iter().map(|(_, lab)| lab).collect::<Value>())),
        "name" => {
            for (name, _) in &labs {
                desk.out(&format!("{name}\n"));
            }
        }
        _ => {
            let mut table = Table::new(&["", "NAME", "#INPUTS", "#NODES", "#SEED", "KUBERNETES", "~LAST COMMAND"]);
            for (name, lab) in &labs {
                let text = |key: &str| match &lab[key] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                };
                let star = if lab["inUse"] == true { "*" } else { "" };
                let last = if lab["problem"].is_null() { text("last") } else { text("problem") };
                let cells = [
                    star.to_string(),
                    name.clone(),
                    text("inputs"),
                    text("nodes"),
                    text("seed"),
                    text("kubernetes"),
                    last,
                ];
                table.row(cells.map(Into::into));
            }
            desk.out(&table.render(desk.look()));
        }
    }
}

fn about(home: &Home, name: &str, current: &str) -> Value {
    let path = home.named(name).join(crate::lab::FILE);
    let mut about = json!({"name": name, "inUse": name == current, "inputs": 0});
    if !path.exists() {
        return about;
    }
    match read(&path) {
        Ok(Contents { header, entries, .. }) => {
            about["inputs"] = entries.len().into();
            about["nodes"] = header.nodes.into();
            about["seed"] = header.seed.into();
            about["kubernetes"] = header.kubernetes.into();
            about["last"] = entries.last().map(|entry| crate::cli::history::typed(&entry.words)).into();
        }
        Err(error) => about["problem"] = format!("{:#}", anyhow::Error::new(error)).into(),
    }
    about
}
