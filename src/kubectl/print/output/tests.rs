//! The words after `-o`, and the printers they choose.

use std::path::PathBuf;

use super::*;

fn flags(output: &str) -> PrintFlags {
    PrintFlags { output: output.to_string(), output_given: true, allow_missing_keys: true, ..PrintFlags::default() }
}

/// What `kubectl get` prints of a list of two with these flags, or `table`, and the error.
fn get(flags: &PrintFlags) -> (String, String) {
    let (mut stdin, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
    let io = Io::new(&mut stdin, &mut out, &mut err, PathBuf::from("/nonexistent"));
    let pod = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "managedFields": []}});
    let list = list_of(vec![pod("a"), pod("b")]);
    match flags.to_get_printer(&io) {
        Ok(None) => ("table".to_string(), String::new()),
        Ok(Some(mut printer)) => {
            let mut text = String::new();
            let result = printer.print(&list, &mut text);
            (text, result.err().map_or(String::new(), |e| e.to_string()))
        }
        Err(error) => (String::new(), error.to_string()),
    }
}

#[track_caller]
fn check(output: &str, text: &str, error: &str) {
    assert_eq!(get(&flags(output)), (text.to_string(), error.to_string()), "-o {output}");
}

const JSON: &str = "{
    \"apiVersion\": \"v1\",
    \"items\": [
        {
            \"apiVersion\": \"v1\",
            \"kind\": \"Pod\",
            \"metadata\": {
                \"name\": \"a\"
            }
        },
        {
            \"apiVersion\": \"v1\",
            \"kind\": \"Pod\",
            \"metadata\": {
                \"name\": \"b\"
            }
        }
    ],
    \"kind\": \"List\",
    \"metadata\": {
        \"resourceVersion\": \"\"
    }
}
";

#[test]
fn forms() {
    check("", "table", "");
    check("wide", "table", "");
    check("json", JSON, "");
    check("JSON", JSON, "");
    check("name", "pod/a\npod/b\n", "");
    check("jsonpath={.items[*].metadata.name}", "a b", "");
    check("jsonpath-as-json={.items[0].metadata.name}", "[\n    \"a\"\n]\n", "");
    check("go-template={{range .items}}{{.metadata.name}};{{end}}", "a;b;", "");
    check("template={{.kind}}", "List", "");
    check("custom-columns=N:.metadata.name,LONG-HEADER:.kind", "N     LONG-HEADER\na     Pod\nb     Pod\n", "");
    let template = PrintFlags { template: "{{.kind}}".to_string(), ..flags("") };
    assert_eq!(get(&template).0, "List");
    let apart = PrintFlags { template: "{.kind}".to_string(), ..flags("jsonpath") };
    assert_eq!(get(&apart).0, "List");
}

#[test]
fn wrong_formats() {
    let allowed = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                   jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
    for output in ["nope", "WIDE"] {
        let error = format!(
            "unable to match a printer suitable for the output format \"{output}\", allowed formats are: {allowed}"
        );
        check(output, "", &error);
    }
    check("jsonpath", "", "template format specified but no template given");
    check("go-template=", "", "template format specified but no template given");
    check("custom-columns=", "", "custom-columns format specified but no custom columns given");
    check("jsonpath={.items[", "", "error parsing jsonpath {.items[, unterminated array");
    check("go-template={{.a", "", "error parsing template {{.a, template: output:1: unclosed action");
    check("jsonpath-file=x", "", "error reading --template x, open x: no such file or directory");
    check("custom-columns-file=x", "", "error reading template x, open x: no such file or directory\n");
}

#[test]
fn failures_show_what_was_given() {
    let object = "map[string]interface {}{\"kind\":\"List\"}";
    assert_eq!(
        jsonpath_failure("{.a[1]}", "why", &json!({"kind": "List"})),
        format!(
            "error executing jsonpath \"{{.a[1]}}\": Error executing template: why. Printing more information for \
             debugging the template:\n\ttemplate was:\n\t\t{{.a[1]}}\n\tobject given to jsonpath engine was:\n\t\t\
             {object}\n\n\n"
        )
    );
    let (text, error) = get(&flags("go-template=x{{.kind.a}}"));
    assert!(text.starts_with("xError executing template: template: output:1:8: executing \"output\" at <.kind.a>: "));
    assert!(text.contains("\traw data was:\n\t\t{\"apiVersion\":\"v1\",\"items\":["));
    assert!(error.starts_with("error executing template \"x{{.kind.a}}\": template: output:1:8: "));
}

#[test]
fn verbs_that_change_something() {
    let (mut stdin, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
    let io = Io::new(&mut stdin, &mut out, &mut err, PathBuf::from("/nonexistent"));
    let object = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}});
    let mut text = String::new();
    PrintFlags::default().to_printer("scaled", &io).unwrap().print(&object, &mut text).unwrap();
    flags("name").to_printer("scaled", &io).unwrap().print(&object, &mut text).unwrap();
    assert_eq!(text, "statefulset.apps/web scaled\nstatefulset.apps/web\n");
    let error = flags("wide").to_printer("scaled", &io).unwrap_err();
    assert!(error.to_string().ends_with(
        "go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml"
    ));
}
