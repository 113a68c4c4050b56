//! One string: names for what is random in it, and placeholders for times, ids and places.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ::regex::{Captures, Regex, RegexBuilder};
use serde_json::Value;

use super::super::case::NodeNames;
use super::super::regex::{GENERATED, NODE, PLACE, regex, replace_where};
use super::names::Names;

regex! {
    TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)";
    TIME_OF_DESCRIBE = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}";
    TIME_OF_DIFF = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} [+-]\d{4}";
    UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    CONTAINER_ID = r"containerd://[0-9a-f]{64}";
    EVENT_NAME = r"\.1[0-9a-f]{15}\b";
    SCHEDULER = r"default-scheduler-[\w.<>-]+";
    DIFF_FOLDER = r"/tmp/(LIVE|MERGED)-(?:\d+|<n>)";
    NODE_NAME = r"\bnode-[012]\b";
    HOST_ADDRESS = r"\b192\.168\.0\.1[012]\b";
    ZONE_NAME = r"\bzone-[abc]\b";
    NAMED_PLACE = r"\b(?:node-[012]|zone-[abc])\b|\b192\.168\.0\.1[012]\b";
    ADDRESS = r"^\d+\.\d+\.\d+\.\d+$";
}

/// Fields that no two runs have in common.
const DROPPED: [&str; 4] = ["uid", "resourceVersion", "managedFields", "selfLink"];

/// How the strings of one run are made comparable.
#[derive(Debug)]
pub(super) struct Norm {
    names: BTreeMap<String, String>,
    /// Matches the names: group 1 is one that is no address.
    known: Option<Regex>,
    node_ports: Vec<(Regex, String)>,
    nodes: NodeNames,
    node_numbers: BTreeMap<String, String>,
    hide: bool,
    renamed: BTreeMap<String, String>,
    /// Whether two controllers may have written the same claim at once.
    pub(super) conflicts: bool,
}

impl Norm {
    /// For a run whose names are `names`; none for a recording, which has its placeholders already. `hide`: no node keeps
    /// a name. `order`: each node gets the name of the one that stands at its place here.
    pub(super) fn new(names: Option<&Names>, nodes: NodeNames, hide: bool, order: Option<[usize; 3]>) -> Norm {
        let none = Names::default();
        let run = names.unwrap_or(&none);
        let names = replacements(run);
        let known = pattern(&names);
        let digits = |port: &&String| port.bytes().all(|byte| byte.is_ascii_digit());
        let node_ports = run
            .node_ports
            .keys()
            .filter(digits)
            .filter_map(|port| Some((Regex::new(port).ok()?, format!("<nodePort:{}>", run.node_ports[port]))));
        let number = |(index, node): (usize, &String)| (node.clone(), format!("<node{}>", index + 1));
        Norm {
            names,
            known,
            node_ports: node_ports.collect(),
            nodes,
            node_numbers: run.nodes.iter().enumerate().map(number).collect(),
            hide,
            renamed: order.map(renaming).unwrap_or_default(),
            conflicts: false,
        }
    }

    /// The same; `conflicts`: two controllers may have written the same claim at once.
    pub(super) fn with_conflicts(self, conflicts: bool) -> Norm {
        Norm { conflicts, ..self }
    }

    /// A string in which siblings with generated names are alike.
    pub(super) fn string(&self, text: &str) -> String {
        let mut text = Cow::from(self.base(text));
        if self.hide {
            let name = |found: &Captures<'_>| match &found[0] {
                address if address.starts_with('1') => "<hostIP>".to_string(),
                place => format!("<{}>", &place[..4]),
            };
            text = NODE.replace_all(&NAMED_PLACE.replace_all(&text, name), "<$1>").into_owned().into();
        }
        replaced(text, &GENERATED, "-<nnn>").into_owned()
    }

    /// A string in which they are not.
    pub(super) fn base(&self, text: &str) -> String {
        let mut text = self.named(text);
        for (regex, placeholder) in [
            (&TIME, "T"),
            (&TIME_OF_DESCRIBE, "T"),
            (&UUID, "<uuid>"),
            (&CONTAINER_ID, "containerd://<id>"),
            (&EVENT_NAME, ".<t>"),
            (&SCHEDULER, "default-scheduler-<host>"),
            (&DIFF_FOLDER, "/tmp/$1-<n>"),
            (&TIME_OF_DIFF, "T"),
        ] {
            text = replaced(text, regex, placeholder);
        }
        let not_in_a_number = |before: &str, after: &str| !before.ends_with(is_digit) && !after.starts_with(is_digit);
        for (port, name) in &self.node_ports {
            text = replace_where(port, &text, not_in_a_number, |_| name.clone()).into_owned().into();
        }
        if self.nodes != NodeNames::Keep {
            text = self.places(text);
        }
        if !self.renamed.is_empty() {
            let other =
                |found: &Captures<'_>| self.renamed.get(&found[0]).map_or(&found[0], String::as_str).to_string();
            text = PLACE.replace_all(&text, other).into_owned().into();
        }
        text.into_owned()
    }

    fn named<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(known) = &self.known else { return text.into() };
        let (mut out, mut copied, mut at) = (String::new(), 0, 0);
        while let Some(found) = known.captures_at(text, at) {
            let Some(whole) = found.get(0) else { break };
            // An address that is part of a longer one, or of a longer number, is another address.
            let free = !text[..whole.start()].ends_with(|c: char| c.is_ascii_digit() || c == '.')
                && !followed_by_digit(&text[whole.end()..]);
            if found.get(1).is_some() || free {
                out.push_str(&text[copied..whole.start()]);
                out.push_str(self.names.get(whole.as_str()).map_or(whole.as_str(), String::as_str));
                (copied, at) = (whole.end(), whole.end());
            } else {
                at = whole.start() + 1;
            }
        }
        if copied == 0 {
            return text.into();
        }
        out.push_str(&text[copied..]);
        out.into()
    }

    /// Nodes, zones and their addresses.
    fn places<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        let permute = self.nodes == NodeNames::Permute;
        let number = |node: &str| match self.node_numbers.get(node) {
            Some(number) if permute => number.clone(),
            _ if permute => "<nodeX>".to_string(),
            _ => "<node>".to_string(),
        };
        let zone = |found: &Captures<'_>| {
            if !permute {
                return "<zone>".to_string();
            }
            let node = match found[0].as_bytes().last() {
                Some(b'a') => "node-0",
                Some(b'b') => "node-1",
                _ => "node-2",
            };
            number(node).replace("node", "zone")
        };
        if !NAMED_PLACE.is_match(&text) {
            return text;
        }
        let text = NODE_NAME.replace_all(&text, |found: &Captures<'_>| number(&found[0]));
        let text = HOST_ADDRESS.replace_all(&text, "<hostIP>");
        ZONE_NAME.replace_all(&text, zone).into_owned().into()
    }

    /// A value, all its strings treated, without the fields that no two runs have in common.
    pub(super) fn value(&self, value: &Value) -> Value {
        self.value_of(value, "")
    }

    fn value_of(&self, value: &Value, key: &str) -> Value {
        match value {
            Value::Object(map) => {
                let kept = map.iter().filter(|(key, _)| !DROPPED.contains(&key.as_str()));
                kept.map(|(key, value)| (key.clone(), self.value_of(value, key))).collect()
            }
            Value::Array(list) => list.iter().map(|value| self.value_of(value, "")).collect(),
            Value::String(text) => Value::String(self.string(text)),
            Value::Number(_) if key == "nodePort" => "<nodePort>".into(),
            other => other.clone(),
        }
    }
}

/// What stands for each random string of a run.
fn replacements(run: &Names) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let mut add = |strings: &BTreeMap<String, String>, form: &dyn Fn(&str) -> String| {
        names.extend(
            strings.iter().filter(|(key, _)| !key.starts_with('<')).map(|(key, name)| (key.clone(), form(name))),
        );
    };
    add(&run.uids, &|name| format!("<uid:{name}>"));
    add(&run.addresses, &|name| format!("<ip:{name}>"));
    add(&run.cluster_addresses, &|name| format!("<clusterIP:{name}>"));
    add(&run.generated, &str::to_string);
    add(&run.revisions, &str::to_string);
    names
}

fn pattern(names: &BTreeMap<String, String>) -> Option<Regex> {
    let mut keys: Vec<&String> = names.keys().filter(|key| !key.is_empty()).collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    let alternatives = |address: bool| {
        let keys = keys.iter().filter(|key| ADDRESS.is_match(key) == address);
        keys.map(|key| regex::escape(key)).collect::<Vec<_>>().join("|")
    };
    let text = match (alternatives(false), alternatives(true)) {
        (names, addresses) if names.is_empty() && addresses.is_empty() => return None,
        (names, addresses) if addresses.is_empty() => format!("({names})"),
        (names, addresses) if names.is_empty() => addresses,
        (names, addresses) => format!("({names})|{addresses}"),
    };
    RegexBuilder::new(&text).size_limit(1 << 28).build().ok()
}

fn renaming(order: [usize; 3]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (a, b) in order.into_iter().enumerate().filter(|(a, b)| a != b) {
        names.insert(format!("node-{a}"), format!("node-{b}"));
        names.insert(format!("zone-{}", ['a', 'b', 'c'][a]), format!("zone-{}", ['a', 'b', 'c'][b]));
        names.insert(format!("192.168.0.1{a}"), format!("192.168.0.1{b}"));
        names.insert(format!("<node{}>", a + 1), format!("<node{}>", b + 1));
        names.insert(format!("<zone{}>", a + 1), format!("<zone{}>", b + 1));
    }
    names
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn replaced<'t>(text: Cow<'t, str>, regex: &Regex, replacement: &str) -> Cow<'t, str> {
    match regex.replace_all(&text, replacement) {
        Cow::Borrowed(_) => text,
        Cow::Owned(other) => other.into(),
    }
}

fn followed_by_digit(after: &str) -> bool {
    after.strip_prefix('.').unwrap_or(after).starts_with(is_digit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run() -> Names {
        let mut names = Names::default();
        for line in [
            json!({"kind": "Pod", "name": "web-0", "event": "created", "uid": "11111111-2222-3333-4444-555555555555", "ip": "10.0.0.1"}),
            json!({"kind": "Pod", "name": "web-0", "event": "scheduled", "node": "node-1"}),
            json!({"kind": "Service", "name": "web", "event": "created", "uid": "0000-1", "clusterIPs": ["10.96.0.7"], "nodePorts": [30123]}),
            json!({"kind": "EndpointSlice", "name": "web-abcde", "event": "created", "uid": "0000-2", "generateName": "web-"}),
        ] {
            names.milestone(&line);
        }
        names
    }

    #[test]
    fn names_what_is_random() {
        let run = run();
        let norm = Norm::new(Some(&run), NodeNames::Permute, false, None);
        let check = |text: &str, expect: &str| assert_eq!(norm.base(text), expect, "{text}");
        check("pvc-11111111-2222-3333-4444-555555555555", "pvc-<uid:web-0>");
        check(
            "at 10.0.0.1, not 10.0.0.11, 110.0.0.1 or 10.0.0.1.5",
            "at <ip:web-0>, not 10.0.0.11, 110.0.0.1 or 10.0.0.1.5",
        );
        check("10.96.0.7:30123 130123 301234", "<clusterIP:web>:<nodePort:web> 130123 301234");
        check("web-abcde", "web-<001>");
        check("node-1 node-0 node-10 zone-b zone-c 192.168.0.12", "<node1> <nodeX> node-10 <zone1> <zoneX> <hostIP>");
        check("2026-01-02T03:04:05Z 99999999-2222-3333-4444-555555555555", "T <uuid>");
        check("Mon, 02 Jan 2026 03:04:05 +0000", "T");
        check("web-0.18a1b2c3d4e5f607", "web-0.<t>");
        check("+++ /tmp/MERGED-12345/x\t2026-01-02 03:04:05.123456789 +0000", "+++ /tmp/MERGED-<n>/x\tT");
        assert_eq!(norm.string("web-abcde"), "web-<nnn>");
    }

    #[test]
    fn hides_keeps_or_renames_nodes() {
        let keep = Norm::new(None, NodeNames::Keep, false, None);
        assert_eq!(keep.string("node-1 zone-a <node2>"), "node-1 zone-a <node2>");
        let hide = Norm::new(None, NodeNames::Hide, true, None);
        assert_eq!(hide.string("node-1 zone-a <node2> 192.168.0.10"), "<node> <zone> <node> <hostIP>");
        let other = Norm::new(None, NodeNames::Keep, false, Some([1, 0, 2]));
        assert_eq!(
            other.string("node-0 node-2 zone-b <node2> 192.168.0.10"),
            "node-1 node-2 zone-a <node1> 192.168.0.11"
        );
    }

    #[test]
    fn drops_what_no_two_runs_share() {
        let norm = Norm::new(None, NodeNames::Keep, false, None);
        let value = json!({"metadata": {"uid": "u", "name": "n"}, "ports": [{"nodePort": 30000, "port": 80}]});
        let expect = json!({"metadata": {"name": "n"}, "ports": [{"nodePort": "<nodePort>", "port": 80}]});
        assert_eq!(norm.value(&value), expect);
    }
}
