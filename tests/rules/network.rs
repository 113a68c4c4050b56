//! Ways into a Service from outside: node ports, load balancers, external IPs, and the names outside the cluster that
//! lead there (rules D1, D10; `pkg/proxy/iptables/proxier.go`).

use sts_lab::cluster::profile::shipped;
use sts_lab::resource::Kind;

use crate::world::{World, web};

/// Two web servers that say their names, on two of three nodes, behind a Service `out` of these further lines.
fn served(mut world: World, spec: &str) -> World {
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: out}}\nspec:\n  selector: {{app: web}}\n  ports: [{{port: 8080, \
         targetPort: 80, nodePort: 30080}}]\n{spec}"
    );
    world.apply(service).apply(web().replicas(2)).wait(60.0);
    for pod in ["web-0", "web-1"] {
        world.run(&format!("exec {pod} -- sh -c 'echo $HOSTNAME > /usr/share/nginx/html/index.html'"));
    }
    assert_eq!((&*world.node_of("web-0"), &*world.node_of("web-1")), ("node-0", "node-1"));
    world
}

fn node_port(policy: &str) -> World {
    served(World::new(), &format!("  type: NodePort\n  externalTrafficPolicy: {policy}\n"))
}

fn cloud(profile: &str, spec: &str) -> World {
    let profile = shipped::find(profile).and_then(|shipped| shipped.profile().ok()).expect("it ships");
    served(World::of(&profile.config(1)), &format!("  type: LoadBalancer\n{spec}"))
}

/// What a few connections from web-0 come to; a kube-proxy chooses by chance.
fn reached(world: &mut World, url: &str) -> Vec<String> {
    let mut found: Vec<String> = (0..8)
        .map(|_| {
            world.wait(1.0);
            world.ask(&format!("exec web-0 -- curl -s {url}")).stdout.trim().to_string()
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn fails(world: &mut World, url: &str, code: u8, curl: &str, why: &str) {
    let (host, port) = url.split_once(':').unwrap_or((url, "80"));
    let said = format!(
        "curl: ({code}) Failed to connect to {host} port {port} after {curl}\nsts-lab: {why}\ncommand terminated with exit \
         code {code}"
    );
    world.says(&format!("exec web-0 -- curl -m 5 {url}"), &said);
}

const REFUSED: &str = "0 ms: Connection refused";
const SILENT: &str = "5000 ms: Timeout was reached";

/// Every node passes on, the one without a Pod too, by address and by name.
#[test]
fn d10_a_node_port_leads_to_any_ready_pod() {
    let mut world = node_port("Cluster");
    for node in ["192.168.0.10", "192.168.0.12", "node-2"] {
        assert_eq!(reached(&mut world, &format!("{node}:30080")), ["web-0", "web-1"], "{node}");
    }
    let why = "no Service has the node port 8080, and nothing else listens on Node node-0";
    fails(&mut world, "node-0:8080", 7, REFUSED, why);
    world.fault("pod web-0 --ready=false").fault("pod web-1 --ready=false");
    fails(&mut world, "node-2:30080", 7, REFUSED, "Service out has 2 endpoints, and none of them is ready");
}

/// Other nodes only know their own Pods; what does not leave the node of the caller follows no policy.
#[test]
fn d10_a_local_policy_keeps_to_its_node() {
    let mut world = node_port("Local");
    assert_eq!(reached(&mut world, "node-1:30080"), ["web-1"]);
    assert_eq!(reached(&mut world, "node-0:30080"), ["web-0", "web-1"]);
    let why = "Service out has no ready endpoint on Node node-2, and its traffic policy is Local: dropped";
    fails(&mut world, "node-2:30080", 28, SILENT, why);
}

#[test]
fn n1_a_node_that_is_down_does_not_answer() {
    let mut world = node_port("Cluster");
    world.breaks("node node-1 --down").wait(30.0);
    fails(&mut world, "node-1:30080", 28, SILENT, "Node node-1 does not answer");
    assert_eq!(reached(&mut world, "node-2:30080"), ["web-0"]);
}

/// `internalTrafficPolicy: Local`: the same for the Service's own address.
#[test]
fn d10_an_internal_policy() {
    let mut world = served(World::new(), "  type: NodePort\n  internalTrafficPolicy: Local\n");
    assert_eq!(reached(&mut world, "out:8080"), ["web-0"]);
    world.fault("pod web-0 --ready=false");
    let why = "Service out has no ready endpoint on Node node-0, and its traffic policy is Local: dropped";
    fails(&mut world, "out:8080", 28, SILENT, why);
}

#[test]
fn d1_a_load_balancer_with_an_address() {
    let mut world = cloud("gcp", "  externalTrafficPolicy: Local\n");
    let status = &world.get(Kind::Service, "out")["status"]["loadBalancer"];
    assert_eq!(status.to_string(), r#"{"ingress":[{"ip":"203.0.113.1","ipMode":"VIP"}]}"#);
    assert_eq!(reached(&mut world, "203.0.113.1:8080"), ["web-0", "web-1"]);
    fails(&mut world, "203.0.113.1:80", 28, SILENT, "Service out has no port 80: nothing is forwarded");
    world.run("patch svc out -p '{\"spec\":{\"loadBalancerSourceRanges\":[\"192.0.2.0/24\"]}}'");
    let why = "Service out lets only 192.0.2.0/24 in (loadBalancerSourceRanges), not 10.244.0.1";
    fails(&mut world, "203.0.113.1:8080", 28, SILENT, why);
}

#[test]
fn d1_a_load_balancer_with_a_hostname() {
    let mut world = cloud("aws", "  externalIPs: [192.0.2.9]\n");
    let ingress = world.get(Kind::Service, "out")["status"]["loadBalancer"]["ingress"][0].clone();
    let hostname = ingress["hostname"].as_str().unwrap_or_default().to_string();
    assert_eq!(reached(&mut world, &format!("{hostname}:8080")), ["web-0", "web-1"]);
    assert_eq!(reached(&mut world, "192.0.2.9:8080"), ["web-0", "web-1"]);
    let looked_up = world.ask(&format!("exec web-0 -- dig +short {hostname}")).stdout;
    assert!(looked_up.starts_with("198.1"), "{looked_up}");
    // An alias of it is followed by the cloud's DNS.
    let alias = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: alias}}\nspec: {{type: ExternalName, externalName: {hostname}}}\n"
    );
    world.apply(alias);
    assert_eq!(reached(&mut world, "alias:8080"), ["web-0", "web-1"]);
}
