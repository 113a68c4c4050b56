//! What kubectl printed: its tables laid out again, ages and other matters of timing replaced line by line, and runs of
//! lines whose order means nothing sorted.

use std::borrow::Cow;

use ::regex::Captures;

use super::super::regex::regex;
use super::strings::Norm;
use super::table::{Table, ages, sort_addresses};

regex! {
    KLOG = r"(?m)^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ";
    HEADER = r"^[A-Z][A-Z0-9()%/._-]*(?: [A-Z0-9()%/._-]+)*(?:  +[A-Z][A-Z0-9()%/._-]*(?: [A-Z0-9()%/._-]+)*)+ *$";
    HEADING = r"\S+(?: \S+)*";
    WORD = r"\S+";
    DESCRIBES_A_NODE = r"^describe (?:no|nodes?)\b";
    NO_EVENTS = r"^Events:\s+<none>$";
    AGE_OF_DESCRIBE = r"^(?:Age|Duration):\s";
    VERSION_IN_JSON = r#"(resourceVersion"?:) (?:"?\d+"?|"<rv>")"#;
    VERSION_IN_DESCRIBE = r"(Resource Version:\s+)(?:\d+|<rv>)$";
    VERSION_EXPECTED = r"(Expected resource version to be \d+, was )(?:\d+|<rv>)";
    ONE_DURATION = r"^(?:\d+[ydhms])+$";
    LAST_DURATION = r"\s+(?:\d+[ydhms])+$";
    BLANKS = r" {2,}";
    OF_THE_MACHINE = r"^(  (?:Machine ID|System UUID|Boot ID|Kernel Version|OS Image):).*";
    NODE_LINE = r"^node/(?:<node\S*>|node-\d) ";
    EVICTED_LINE = r"^pod/\S+ evicted";
    LABEL_LINE = r"^ ?\S+=";
}

/// What a command printed, made comparable. `unsettled`: it was read right after a change.
pub(super) fn text(norm: &Norm, text: &str, command: &str, unsettled: bool) -> String {
    let text = KLOG.replace_all(text, "<klog> ");
    let reader = Reader {
        norm,
        lines: text.split('\n').collect(),
        unsettled,
        without_header: command.contains("--no-headers"),
        of_a_node: DESCRIBES_A_NODE.is_match(command),
    };
    regroup(&reader.read(), command).join("\n")
}

struct Reader<'a> {
    norm: &'a Norm,
    lines: Vec<&'a str>,
    unsettled: bool,
    without_header: bool,
    of_a_node: bool,
}

impl Reader<'_> {
    fn read(&self) -> Vec<String> {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some(line) = self.lines.get(at) {
            if HEADER.is_match(line) {
                let end = self.until(at, |line| line.trim().is_empty());
                let padding = if line.starts_with("REVISION") { 2 } else { 3 };
                out.extend(self.table(&HEADING, line, padding).lay_out(&self.lines[at..end]));
                at = end;
            } else if self.is_table_of_events(at) {
                let end = self.until(at + 1, |line| !line.starts_with("  "));
                self.events(&self.lines[at + 1..end], &mut out);
                at = end;
            } else {
                let none = if self.of_a_node { "Events: <of the node>" } else { "Events: <none>" };
                out.push(if NO_EVENTS.is_match(line) { none.into() } else { self.line(line) });
                at += 1;
            }
        }
        out
    }

    fn until(&self, start: usize, ends: impl Fn(&str) -> bool) -> usize {
        self.lines[start..].iter().position(|line| ends(line)).map_or(self.lines.len(), |length| start + length)
    }

    fn table(&self, columns: &::regex::Regex, header: &str, padding: usize) -> Table<'_> {
        let columns = columns.find_iter(header).map(|found| header[..found.start()].chars().count()).collect();
        Table { norm: self.norm, columns, padding, unsettled: self.unsettled }
    }

    fn is_table_of_events(&self, at: usize) -> bool {
        let after = |n: usize| self.lines.get(at + n).map(|line| line.trim());
        after(0) == Some("Events:")
            && after(1).is_some_and(|header| header.starts_with("Type"))
            && after(2).is_some_and(|rule| rule.chars().all(|c| matches!(c, '-' | ' ')))
    }

    /// The table of a description: header, rule, rows.
    fn events(&self, lines: &[&str], out: &mut Vec<String>) {
        let rows: Vec<&str> = lines.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| *line).collect();
        let table = if rows.is_empty() { Vec::new() } else { self.table(&WORD, rows[0], 2).lay_out(&rows) };
        match (self.of_a_node, table.is_empty()) {
            (true, _) => out.push("Events: <of the node>".into()),
            (_, true) => out.push("Events: <none>".into()),
            _ => {
                out.push("Events:".into());
                out.extend(table.iter().map(|line| format!("  {line}")));
            }
        }
    }

    fn line(&self, line: &str) -> String {
        let mut line = Cow::from(line);
        if AGE_OF_DESCRIBE.is_match(&line) {
            line = ages(&line).into();
        }
        for (regex, replacement) in
            [(&VERSION_IN_JSON, "$1 \"<rv>\""), (&VERSION_IN_DESCRIBE, "$1<rv>"), (&VERSION_EXPECTED, "$1<rv>")]
        {
            line = regex.replace_all(&line, replacement).into_owned().into();
        }
        if self.without_header {
            let cell = |cell: &str| if ONE_DURATION.is_match(cell) { ages(cell) } else { cell.to_string() };
            line = BLANKS.split(&line).map(cell).collect::<Vec<_>>().join("   ").into();
        } else if self.of_a_node {
            let known = OF_THE_MACHINE.replace(&line, "$1 <os>").into_owned();
            line = LAST_DURATION.replace(&known, |_: &Captures<'_>| "   <age>").into_owned().into();
        }
        sort_addresses(&self.norm.string(&line))
    }
}

/// Sorts runs of lines whose order depends on random names, hash maps or parallel workers.
fn regroup(lines: &[String], command: &str) -> Vec<String> {
    let class = |line: &str| {
        let drains = command.starts_with("drain");
        if line.contains("<nnn>") && !line.starts_with(' ') {
            1
        } else if NODE_LINE.is_match(line) {
            2
        } else if drains && (line.starts_with("evicting pod ") || EVICTED_LINE.is_match(line)) {
            3
        } else if command.contains("--list") && LABEL_LINE.is_match(line) {
            4
        } else {
            0
        }
    };
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    for run in lines.chunk_by(|a, b| class(a) != 0 && class(a) == class(b)) {
        let start = out.len();
        out.extend_from_slice(run);
        out[start..].sort();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::case::NodeNames;
    use super::*;

    fn check(command: &str, unsettled: bool, printed: &str, expect: &str) {
        let norm = Norm::new(None, NodeNames::Keep, false, None);
        assert_eq!(text(&norm, printed, command, unsettled), expect, "{command}");
    }

    #[test]
    fn lays_tables_out_again() {
        let printed = "NAME    READY   STATUS    RESTARTS        AGE\nweb-0   1/1     Running   2 (3m17s ago)   12m\n";
        let expect = "NAME    READY   STATUS    RESTARTS        AGE\nweb-0   1/1     Running   2 (<age> ago)   <age>\n";
        check("get pods", false, printed, expect);
        check("get pods", true, printed, &expect.replace("1/1  ", "<n>/1"));
        check("get pods --no-headers", false, "web-0   1/1   12m\n", "web-0   1/1   <age>\n");
    }

    #[test]
    fn keeps_each_lasting_event_once() {
        let printed = "LAST SEEN   TYPE      REASON             OBJECT      MESSAGE\n\
                       5s          Normal    Scheduled          pod/web-0   Successfully\n\
                       7s (x3 over 8s)   Warning\n";
        let printed = printed.lines().take(2).collect::<Vec<_>>().join("\n")
            + "\n6s          Warning   FailedScheduling   pod/web-0   no claim\n9s          Normal    Pulled             pod/web-0   on it\n";
        let expect = "LAST SEEN   TYPE     REASON      OBJECT      MESSAGE\n\
                      <age>       Normal   Pulled      pod/web-0   on it\n\
                      <age>       Normal   Scheduled   pod/web-0   Successfully\n";
        check("get events", false, &printed, expect);
    }

    #[test]
    fn treats_descriptions() {
        check("describe pod web-0", false, "Age:  5m3s\nEvents:   <none>", "Age:  <age>\nEvents: <none>");
        let printed = "Events:\n  Type    Reason   Age                From      Message\n  ----    ------   ----               \
                       ----      -------\n  Normal  Started  5s (x2 over 10s)   kubelet   Container started\n";
        let expect = "Events:\n  Type    Reason   Age    From     Message\n  Normal  Started  <age>  kubelet  Container started\n";
        check("describe pod web-0", false, &printed.replace("                       ", ""), expect);
        check("describe node node-0", false, "Events:   <none>\n", "Events: <of the node>\n");
    }

    #[test]
    fn sorts_what_has_no_order() {
        let printed = "pod/d-<002> deleted\npod/c-<001> deleted\nb\na";
        check("delete pods --all", false, printed, "pod/c-<nnn> deleted\npod/d-<nnn> deleted\nb\na");
        check("label pod x --list", false, "b=1\na=2", "a=2\nb=1");
        check("get ep", false, "x <ip:b>:80,<ip:a>:80", "x <ip:a>:80,<ip:b>:80");
    }
}
