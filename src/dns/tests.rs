//! Questions to the cluster's DNS, and its answers.

use serde_json::{Value, json};

use super::*;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Cause, Store, Write};

const WRITE: Write = Write { now: Time::LAB_START, actor: Actor::User, cause: Cause::Clock };

/// A store with the namespaces `default` and `b`.
fn world(objects: &[(Kind, Value)]) -> Store {
    let mut store = Store::default();
    for name in ["default", "b"] {
        store.put(Object::from_json(Kind::Namespace, &json!({"metadata": {"name": name}})), WRITE);
    }
    for (kind, value) in objects {
        let mut value = value.clone();
        if value["metadata"]["namespace"].is_null() {
            value["metadata"]["namespace"] = "default".into();
        }
        store.put(Object::from_json(*kind, &value), WRITE);
    }
    store
}

fn service(name: &str, ip: &str, ports: &Value) -> (Kind, Value) {
    let spec = json!({"clusterIP": ip, "type": "ClusterIP", "selector": {"app": "db"}, "ports": ports});
    (Kind::Service, json!({"metadata": {"name": name}, "spec": spec}))
}

fn headless(name: &str) -> (Kind, Value) {
    service(name, "None", &json!([{"name": "sql", "protocol": "TCP", "port": 3306}]))
}

fn pod(name: &str, subdomain: &str, ip: &str, ready: bool) -> (Kind, Value) {
    let condition = json!({"type": "Ready", "status": if ready { "True" } else { "False" }});
    let status = json!({"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [condition]});
    let spec = json!({"hostname": name, "subdomain": subdomain, "containers": [{"name": "c", "image": "i"}]});
    (Kind::Pod, json!({"metadata": {"name": name, "labels": {"app": "db"}}, "spec": spec, "status": status}))
}

/// Endpoints: Pod, address, ready, hostname.
fn slice(service: &str, endpoints: &[(&str, &str, bool, bool)]) -> (Kind, Value) {
    let endpoint = |(pod, ip, ready, named): &(&str, &str, bool, bool)| {
        let mut out = json!({"addresses": [ip], "conditions": {"ready": ready},
            "targetRef": {"kind": "Pod", "name": pod, "namespace": "default"}});
        if *named {
            out["hostname"] = (*pod).into();
        }
        out
    };
    let list: Vec<Value> = endpoints.iter().map(endpoint).collect();
    (
        Kind::EndpointSlice,
        json!({"metadata": {"name": format!("{service}-x"),
        "labels": {"kubernetes.io/service-name": service}}, "addressType": "IPv4", "endpoints": list,
        "ports": [{"name": "sql", "protocol": "TCP", "port": 3306}]}),
    )
}

fn two() -> Store {
    world(&[
        headless("db"),
        pod("db-0", "db", "10.9.0.5", true),
        pod("db-1", "db", "10.9.1.6", false),
        slice("db", &[("db-0", "10.9.0.5", true, true), ("db-1", "10.9.1.6", false, true)]),
    ])
}

fn ask(store: &Store, name: &str, kind: Option<Type>) -> Answer {
    resolve(store, &Query { name, kind, namespace: "default", from: None })
}

/// What the last name tried came to, and its records or why there are none.
fn check(store: &Store, name: &str, kind: Option<Type>, expect: &str) {
    let answer = ask(store, name, kind);
    let all = match answer.records() {
        [] => answer.tried.first().map(|t| format!("{}: {}", t.outcome, t.why)).unwrap_or_default(),
        records => records.iter().map(|r| format!("{} {}", r.kind.name(), r.data)).collect::<Vec<_>>().join("; "),
    };
    assert_eq!(all, expect, "{name}: {:?}", answer.tried);
}

#[test]
fn d11_names_are_case_insensitive() {
    check(&two(), "DB-0.db", None, "A 10.9.0.5");
}

#[test]
fn d12_services() {
    let store = two();
    check(&store, "db", None, "A 10.9.0.5");
    let store = world(&[
        service("web", "10.96.0.9", &json!([{"port": 80}])),
        headless("none"),
        (
            Kind::Service,
            json!({"metadata": {"name": "out"}, "spec": {"type": "ExternalName", "externalName": "example.com"}}),
        ),
    ]);
    check(&store, "web", None, "A 10.96.0.9");
    check(&store, "none", None, "NXDOMAIN: headless Service none selects no Pod: none has the labels app=db");
    check(&store, "out", None, "CNAME example.com");
}

#[test]
fn d12_headless_without_ready_pods() {
    let store = world(&[
        headless("db"),
        pod("db-0", "db", "10.9.0.5", false),
        slice("db", &[("db-0", "10.9.0.5", false, true)]),
    ]);
    check(&store, "db", None, "NXDOMAIN: headless Service db: none of its Pods is Ready (1 selected)");
}

#[test]
fn d13_names_of_pods() {
    let store = two();
    check(&store, "db-0.db", None, "A 10.9.0.5");
    check(&store, "db-0.db.default.svc.cluster.local.", None, "A 10.9.0.5");
    let why = "NXDOMAIN: Pod db-1 is not Ready, and Service db does not publish addresses before that";
    check(&store, "db-1.db", None, why);
    let store = world(&[headless("db"), slice("db", &[("web-x", "10.9.0.21", true, false)])]);
    check(&store, "10-9-0-21.db", None, "A 10.9.0.21");
}

#[test]
fn d14_pods_of_a_service_that_is_not_headless() {
    let store = world(&[service("db", "10.96.0.9", &json!([])), slice("db", &[("db-0", "10.9.0.5", true, true)])]);
    check(&store, "db", None, "A 10.96.0.9");
    let answer = ask(&store, "db-0.db", None);
    assert!(!answer.records()[0].promised && answer.tried[0].why.contains("does not promise"), "{answer:?}");
}

#[test]
fn d15_srv() {
    let store = two();
    check(&store, "_sql._tcp.db", None, "SRV 0 100 3306 db-0.db.default.svc.cluster.local");
    check(&store, "db", Some(Type::Srv), "SRV 0 100 3306 db-0.db.default.svc.cluster.local");
    check(&store, "_x._tcp.db", None, "NXDOMAIN: Service db has no port _x._tcp; it has _sql._tcp");
    let store = world(&[service("web", "10.96.0.9", &json!([{"name": "http", "protocol": "TCP", "port": 80}]))]);
    check(&store, "_http._tcp.web", None, "SRV 0 100 80 web.default.svc.cluster.local");
}

#[test]
fn d16_ptr() {
    let store = two();
    check(&store, "10.9.0.5", None, "PTR db-0.db.default.svc.cluster.local");
    check(
        &store,
        "10.9.1.6",
        None,
        "forwarded: no Service has this address, and no headless one has an endpoint with a \
        hostname there",
    );
}

#[test]
fn d17_d18_other_names() {
    let store = two();
    check(&store, "1-2-3-4.default.pod.cluster.local", None, "A 1.2.3.4");
    check(
        &store,
        "1-2-3-4.nope.pod.cluster.local.",
        None,
        "NXDOMAIN: names of Pods by address look like \
        10-9-0-21.NAMESPACE.pod.cluster.local",
    );
    check(&store, "dns-version.cluster.local.", Some(Type::Txt), "TXT \"1.1.0\"");
}

#[test]
fn d19_no_such_name_and_no_such_type() {
    let store = two();
    check(&store, "nope", None, "NXDOMAIN: there is no Service nope in Namespace default");
    check(&store, "db.nope.svc.cluster.local.", None, "NXDOMAIN: there is no Namespace nope");
    check(&store, "db", Some(Type::Aaaa), "NODATA: the name exists, but the cluster has IPv4 addresses only");
    let parent = "NODATA: there are names below this one, but it has no records itself";
    check(&store, "default.svc.cluster.local.", None, parent);
    check(
        &store,
        "example.com.",
        None,
        "forwarded: not below cluster.local: the server would ask the DNS outside the cluster",
    );
}

#[test]
fn d21_the_search_path() {
    let store = two();
    let tried = |name: &str, namespace: &str| {
        let answer = resolve(&store, &Query { name, kind: None, namespace, from: None });
        answer.tried.iter().map(|t| format!("{} {}", t.name, t.outcome)).collect::<Vec<_>>()
    };
    let b = ["db.default.b.svc.cluster.local NXDOMAIN", "db.default.svc.cluster.local answered"];
    assert_eq!(tried("db.default", "b"), b);
    let own = ["db-0.db.default.svc.cluster.local answered"];
    assert_eq!(tried("db-0.db", "default"), own);
    assert_eq!(tried("db-0.db.default.svc.cluster.local", "b"), own);
    assert_eq!(tried("x.y", "default").len(), 4);
}

#[test]
fn d22_a_service_of_another_name() {
    let set = json!({"metadata": {"name": "db"}, "spec": {"serviceName": "db", "replicas": 2,
        "selector": {"matchLabels": {"app": "db"}}, "template": {}}});
    let store = world(&[
        (Kind::StatefulSet, set),
        headless("other"),
        pod("db-0", "db", "10.9.0.5", true),
        slice("other", &[("db-0", "10.9.0.5", true, false)]),
    ]);
    check(
        &store,
        "db-0.db",
        None,
        "NXDOMAIN: there is no Service db in Namespace default; StatefulSet db names it as its \
        serviceName, which nobody checks: its Pods run without it, but have no names",
    );
    check(
        &store,
        "db-0.other",
        None,
        "NXDOMAIN: Pod db-0 has the serviceName db, not other: below this Service it is only \
        10-9-0-5.other.default.svc.cluster.local, while it is Ready",
    );
    check(&store, "other", None, "A 10.9.0.5");
    check(&store, "db-7.other", None, "NXDOMAIN: there is no Pod db-7: StatefulSet db has the ordinals 0 to 1");
    let own = resolve(&store, &Query { name: "db-0", kind: None, namespace: "default", from: Some("db-0") });
    assert_eq!((own.records()[0].data.as_str(), own.tried[0].why.contains("/etc/hosts")), ("10.9.0.5", true));
}

#[test]
fn d22_labels_that_do_not_match() {
    let mut other = pod("db-0", "db", "10.9.0.5", true);
    other.1["metadata"]["labels"] = json!({"app": "x"});
    let store = world(&[headless("db"), other]);
    check(&store, "db-0.db", None, "NXDOMAIN: Service db does not select Pod db-0: it lacks the label app=db");
}

fn alias(name: &str, target: &str) -> (Kind, Value) {
    (Kind::Service, json!({"metadata": {"name": name}, "spec": {"type": "ExternalName", "externalName": target}}))
}

/// Rule D12, `CoreDNS`: an alias is followed as far as the cluster goes.
#[test]
fn d12_aliases_are_followed() {
    let inside = "web.b.svc.cluster.local";
    let mut web = service("web", "10.96.0.9", &json!([{"port": 80}]));
    web.1["metadata"]["namespace"] = "b".into();
    let store = world(&[
        web,
        headless("none"),
        alias("one", inside),
        alias("two", "One.default.svc.cluster.local."),
        alias("dead", "none.default.svc.cluster.local"),
        alias("here", "there.default.svc.cluster.local"),
        alias("there", "here.default.svc.cluster.local"),
        alias("self", "self.default.svc.cluster.local"),
        alias("out", "db.example.com"),
        alias("short", "web.b"),
        alias("ip", "192.0.2.1"),
    ]);
    check(&store, "one", None, &format!("CNAME {inside}; A 10.96.0.9"));
    check(&store, "two", None, &format!("CNAME One.default.svc.cluster.local; CNAME {inside}; A 10.96.0.9"));
    check(&store, "one", Some(Type::Cname), &format!("CNAME {inside}"));
    check(&store, "one", Some(Type::Srv), &format!("SRV 0 100 0 {inside}"));
    check(
        &store,
        "one",
        Some(Type::Aaaa),
        "NODATA: Service one is another name for web.b.svc.cluster.local, which has no \
        answer: the name exists, but the cluster has IPv4 addresses only",
    );
    check(
        &store,
        "dead",
        None,
        "NODATA: Service dead is another name for none.default.svc.cluster.local, which has no \
        answer: headless Service none selects no Pod: none has the labels app=db",
    );
    for circle in ["here", "self"] {
        let why = format!("NODATA: Service {circle} is another name for one that leads back to it");
        check(&store, circle, None, &why);
    }
    check(
        &store,
        "x.one",
        None,
        &format!("NXDOMAIN: Service one is another name for {inside}: there are no names below it"),
    );
    let answer = ask(&store, "ip", None);
    assert!(answer.records().is_empty() && answer.reason().contains("an address as its externalName"), "{answer:?}");
    let reason = |name: &str| ask(&store, name, None).reason().to_string();
    assert!(reason("out").ends_with("only the DNS out there knows its address, and the lab has none"));
    assert!(reason("short").ends_with("An alias knows no search path: the Service web is web.b.svc.cluster.local"));
    // The reason is that of the name that exists, not of the one that was tried first.
    assert!(reason("out.default").starts_with("Service out is another name for db.example.com"));
}

/// Nine aliases in a row are too many.
#[test]
fn d12_long_chains_end() {
    let next = |n: usize| alias(&format!("a{n}"), &format!("a{}.default.svc.cluster.local", n + 1));
    let mut objects: Vec<_> = (0..12).map(next).collect();
    objects.push(service("a12", "10.96.0.9", &json!([{"port": 80}])));
    let store = world(&objects);
    assert_eq!(ask(&store, "a4", None).records().len(), 9);
    assert!(ask(&store, "a3", None).records().is_empty());
}

/// Rule D21: what is not the cluster's is passed on; of the DNS out there the lab knows machines and load balancers.
#[test]
fn d21_names_outside_that_are_known() {
    let addresses =
        json!([{"type": "Hostname", "address": "node-0"}, {"type": "InternalIP", "address": "192.168.0.10"}]);
    let mut balanced = service("web", "10.96.0.9", &json!([{"port": 80}]));
    balanced.1["status"] = json!({"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}});
    let node =
        (Kind::Node, json!({"metadata": {"name": "node-0", "namespace": ""}, "status": {"addresses": addresses}}));
    let store = world(&[balanced, node]);
    check(&store, "node-0", None, "A 192.168.0.10");
    let answer = ask(&store, "lb.example.com", None);
    assert_eq!(answer.records()[0].data, address_of_hostname("lb.example.com").to_string());
    assert_eq!(answer.reason(), "the cloud's DNS answers, with an address of the load balancer");
    assert!(ask(&store, "lb.example.com", Some(Type::Srv)).records().is_empty());
    assert!(ask(&store, "node-1", None).records().is_empty());
}
