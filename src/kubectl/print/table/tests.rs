//! Tables as kubectl lays them out, compared with recordings.

use serde_json::{Value, json};

use super::*;
use crate::kubectl::print::columns;
use crate::resource::Time;

fn set(namespace: &str, name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2025-12-31T23:59:55Z",
                     "labels": {"app": "nginx", "apps.kubernetes.io/pod-index": "0"}},
        "spec": {"replicas": 3}, "status": {"readyReplicas": 1},
    })
}

fn check(options: TableOptions, objects: &[Value], expect: &str) {
    let mut out = TabWriter::for_tables();
    TablePrinter::new(options).print(&columns::table(Kind::StatefulSet, objects, Time::LAB_START), None, &mut out);
    assert_eq!(out.flush(), expect);
}

#[test]
fn s110_options() {
    let sets = [set("default", "web"), set("other", "database")];
    check(TableOptions::default(), &sets[..1], "NAME   READY   AGE\nweb    1/3     5s\n");
    check(TableOptions::default(), &[], "");
    check(TableOptions { no_headers: true, ..TableOptions::default() }, &sets[..1], "web   1/3   5s\n");
    check(
        TableOptions { with_namespace: true, ..TableOptions::default() },
        &sets,
        "NAMESPACE   NAME       READY   AGE\ndefault     web        1/3     5s\nother       database   1/3     5s\n",
    );
    check(
        TableOptions { with_kind: true, show_labels: true, ..TableOptions::default() },
        &sets[..1],
        "NAME                   READY   AGE   LABELS\n\
         statefulset.apps/web   1/3     5s    app=nginx,apps.kubernetes.io/pod-index=0\n",
    );
    let column_labels = vec!["apps.kubernetes.io/pod-index".to_string(), "none".to_string()];
    check(
        TableOptions { column_labels, ..TableOptions::default() },
        &sets[..1],
        "NAME   READY   AGE   POD-INDEX   NONE\nweb    1/3     5s    0           \n",
    );
    check(
        TableOptions { wide: true, ..TableOptions::default() },
        &sets[..1],
        "NAME   READY   AGE   CONTAINERS   IMAGES\nweb    1/3     5s                 \n",
    );
}

#[test]
fn headers_are_printed_once_for_the_same_columns() {
    let objects = [set("default", "web")];
    let table = columns::table(Kind::StatefulSet, &objects, Time::LAB_START);
    let mut printer = TablePrinter::new(TableOptions::default());
    let mut out = TabWriter::for_tables();
    printer.print(&table, Some("ADDED"), &mut out);
    printer.print(&table, Some("MODIFIED"), &mut out);
    let expect = "EVENT      NAME   READY   AGE\nADDED      web    1/3     5s\nMODIFIED   web    1/3     5s\n";
    assert_eq!(out.flush(), expect);
}

#[test]
fn a_cell_is_one_line_and_cannot_steer_the_terminal() {
    assert_eq!(cell("one\ntwo"), "one...");
    assert_eq!(cell("\x1b[31mred"), "^[[31mred");
    assert_eq!(cell("plain"), "plain");
}
