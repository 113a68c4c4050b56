//! `-o custom-columns`: a table whose columns are `JSONPath` expressions
//! (upstream `k8s.io/kubectl/pkg/cmd/get/customcolumn.go`).

use serde_json::Value;

use super::go;
use super::jsonpath::{JsonPath, relaxed};
use super::table::escape_terminal;

/// One column: its header, and the expression of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    header: String,
    path: String,
}

/// The columns, and what was printed so far.
#[derive(Clone, Debug)]
pub struct CustomColumns {
    columns: Vec<Column>,
    no_headers: bool,
    /// Whether the last thing printed was a list; headers are repeated when that changes.
    last: Option<bool>,
}

impl CustomColumns {
    /// Columns from `HEADER:PATH,HEADER:PATH`.
    pub fn from_spec(spec: &str, no_headers: bool) -> Result<CustomColumns, String> {
        let column = |part: &str| {
            let Some((header, path)) = part.split_once(':') else {
                return Err(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"));
            };
            Ok(Column { header: header.to_string(), path: relaxed(path)? })
        };
        let columns = spec.split(',').map(column).collect::<Result<_, _>>()?;
        Ok(CustomColumns { columns, no_headers, last: None })
    }

    /// Columns from a file: a line of headers, then a line of paths.
    pub fn from_template(text: &str) -> Result<CustomColumns, String> {
        let missing = |what: &str| {
            format!(
                "invalid template, missing {what} line. Expected format is one line of space separated headers, one \
                 line of space separated column specs."
            )
        };
        let mut lines = text.lines();
        let headers: Vec<&str> = lines.next().ok_or_else(|| missing("header"))?.split_whitespace().collect();
        let paths: Vec<&str> = lines.next().ok_or_else(|| missing("spec"))?.split_whitespace().collect();
        if headers.len() != paths.len() {
            return Err(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            ));
        }
        let pairs = headers.into_iter().zip(paths);
        let columns = pairs.map(|(header, path)| Ok(Column { header: header.to_string(), path: relaxed(path)? }));
        Ok(CustomColumns { columns: columns.collect::<Result<_, String>>()?, no_headers: false, last: None })
    }

    /// Adds the rows of an object or of a list's items, cells separated by tabs. What was added before a failure
    /// stands.
    pub fn print(&mut self, object: &Value, out: &mut String) -> Result<(), String> {
        let items = object.get("items").and_then(Value::as_array);
        if !self.no_headers && self.last != Some(items.is_some()) {
            let headers: Vec<&str> = self.columns.iter().map(|c| c.header.as_str()).collect();
            out.push_str(&headers.join("\t"));
            out.push('\n');
            self.last = Some(items.is_some());
        }
        let parse = |c: &Column| JsonPath::parse(&c.path).map(|path| path.allow_missing_keys(true));
        let mut paths: Vec<JsonPath> = self.columns.iter().map(parse).collect::<Result<_, _>>()?;
        let rows = items.map_or(std::slice::from_ref(object), Vec::as_slice);
        for row in rows {
            let cells = paths.iter_mut().map(|path| cell(path, row)).collect::<Result<Vec<_>, _>>()?;
            out.push_str(&cells.join("\t"));
            out.push('\n');
        }
        Ok(())
    }
}

fn cell(path: &mut JsonPath, object: &Value) -> Result<String, String> {
    let found = path.find(object)?;
    let mut values = Vec::new();
    if found.first().is_none_or(Vec::is_empty) {
        values.push("<none>".to_string());
    }
    values.extend(found.iter().flatten().map(|value| escape_terminal(&go::display(value))));
    Ok(values.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::print::TabWriter;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(spec: &str, no_headers: bool, object: &Value, expect: &str) {
        let mut raw = String::new();
        let mut columns = CustomColumns::from_spec(spec, no_headers).expect(spec);
        let result = columns.print(object, &mut raw);
        let mut writer = TabWriter::for_tables();
        writer.write(&raw);
        let mut shown = writer.flush();
        if let Err(error) = result {
            shown.extend(["error: ", &error, "\n"]);
        }
        assert_eq!(shown, expect, "{spec}");
    }

    #[test]
    fn columns() {
        let list = json!({"kind": "List", "items": [
            {"metadata": {"name": "web-0", "labels": {"a": "1"}}, "c": [{"i": "x"}, {"i": "y"}], "n": null},
            {"metadata": {"name": "web-1"}, "c": []},
        ]});
        let wide =
            "N       I        O        L\nweb-0   x,y      <nil>    map[a:1]\nweb-1   <none>   <none>   <none>\n";
        check("N:.metadata.name,I:.c[*].i,O:{.n},L:metadata.labels", false, &list, wide);
        check("N:metadata.name", true, &list, "web-0\nweb-1\n");
        check("N:.metadata.name", false, &list["items"][0], "N\nweb-0\n");
        let bounds = "N       I\nweb-0   x\nerror: array index out of bounds: index 0, length 0\n";
        check("N:.metadata.name,I:.c[0].i", false, &list, bounds);
        check("N:.a[", false, &list, "N\nerror: unterminated array\n");
    }

    #[test]
    fn headers_are_not_repeated() {
        let mut raw = String::new();
        let mut columns = CustomColumns::from_spec("N:.n", false).unwrap();
        for n in 0..2 {
            columns.print(&json!({"n": n}), &mut raw).unwrap();
        }
        assert_eq!(raw, "N\n0\n1\n");
    }

    #[test]
    fn wrong_specs() {
        let fails = |spec: &str, expect: &str| {
            assert_eq!(CustomColumns::from_spec(spec, false).err().as_deref(), Some(expect));
        };
        fails("NAME", "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>");
        fails("A:.a,", "unexpected custom-columns spec: , expected <header>:<json-path-expr>");
        fails(
            "A:{.a",
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
        );
        let template = |text: &str| CustomColumns::from_template(text).err().unwrap_or_default();
        assert!(template("").starts_with("invalid template, missing header line. "));
        assert!(template("A B\n").starts_with("invalid template, missing spec line. "));
        assert_eq!(template("A B\n.a"), "number of headers (2) and field specifications (1) don't match");
        assert_eq!(template("A  B\r\n.a {.b}\r\n"), "");
    }

    proptest! {
        #[test]
        fn no_spec_panics(spec in "\\PC*") {
            let mut out = String::new();
            if let Ok(mut columns) = CustomColumns::from_spec(&format!("A:{spec}"), false) {
                let _ = columns.print(&json!({"a": [1]}), &mut out);
            }
            let _ = CustomColumns::from_template(&spec);
        }
    }
}
