//! The inside of a Pod: what is written where, and how long it stays (rules P9, P27–P31, V30–V34, D10, D22–D24).

use sts_lab::resource::Kind;

use crate::world::{World, web};

fn data() -> World {
    let mut world = World::new();
    let template = "containers: [{name: app, image: busybox, volumeMounts: [{name: data, mountPath: /data}, \
                    {name: scratch, mountPath: /scratch}]}]";
    let manifest = format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec:\n  serviceName: db\n  selector: \
         {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    spec: {{{template}, volumes: \
         [{{name: scratch, emptyDir: {{}}}}]}}\n  volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{accessModes: \
         [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}]\n"
    );
    world.apply(manifest);
    world
}

const GONE: &str = "cat: %: No such file or directory\ncommand terminated with exit code 1";

fn gone(path: &str) -> String {
    GONE.replace('%', path)
}

/// P27: a Pod that is made again has its claim's data; its emptyDir and the container's own files are new.
#[test]
fn p27_data_survive_the_pod() {
    let mut world = data();
    world.run("exec db-0 -- sh -c 'echo hi | tee /data/f /scratch/f /tmp/f'");
    world.says("exec db-0 -- cat /data/f /scratch/f /tmp/f", "hi\nhi\nhi");
    world.run("delete pod db-0");
    world.says("exec db-0 -- cat /data/f", "hi").says("exec db-0 -- cat /scratch/f", &gone("/scratch/f"));
    world.says("exec db-0 -- cat /tmp/f", &gone("/tmp/f"));
}

/// P9: a container that is started again keeps the Pod's volumes, not its own files.
#[test]
fn p9_a_restart_begins_with_a_new_root() {
    let mut world = data();
    world.run("exec db-0 -- sh -c 'echo hi | tee /data/f /scratch/f /tmp/f'");
    world.fault("pod db-0 --crash=true");
    let refused = "error: unable to upgrade connection: container not found (\"app\")";
    world.says("exec db-0 -- ls", refused).fault("pod db-0 --crash=null");
    world.says("exec db-0 -- cat /data/f /scratch/f", "hi\nhi").says("exec db-0 -- cat /tmp/f", &gone("/tmp/f"));
}

/// V30: data go with the volume, and stay with a claim that stays.
#[test]
fn v30_data_go_with_the_volume() {
    let mut world = data();
    world.run("exec db-0 -- sh -c 'echo hi > /data/f'");
    world.run("scale sts db --replicas=0").run("scale sts db --replicas=1").says("exec db-0 -- cat /data/f", "hi");
    world.run("scale sts db --replicas=0").run("delete pvc data-db-0").run("scale sts db --replicas=1");
    world.says("exec db-0 -- cat /data/f", &gone("/data/f"));
}

/// V28: two volume objects of one asset show one set of files.
#[test]
fn v28_data_belong_to_the_asset() {
    let mut world = World::new();
    let volume = |name: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}}}\nspec: {{capacity: {{storage: 1Gi}}, \
             accessModes: [ReadWriteOnce], storageClassName: '', csi: {{driver: d, volumeHandle: vol-1}}, \
             persistentVolumeReclaimPolicy: Retain, claimRef: {{namespace: default, name: c-{name}}}}}\n---\n\
             apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: c-{name}}}\nspec: {{storageClassName: '', \
             volumeName: {name}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n---\n\
             apiVersion: v1\nkind: Pod\nmetadata: {{name: p-{name}}}\nspec: {{containers: [{{name: c, image: i, \
             volumeMounts: [{{name: v, mountPath: /v, subPath: own/part}}]}}], volumes: [{{name: v, \
             persistentVolumeClaim: {{claimName: c-{name}}}}}]}}\n"
        )
    };
    world.apply(volume("a")).run("exec p-a -- sh -c 'echo hi > /v/f'");
    world.run("delete pod p-a").run("delete pvc c-a").run("delete pv a");
    world.apply(volume("b")).says("exec p-b -- cat /v/f", "hi");
}

/// P31: the environment stays as it was at the start; files follow after a minute, those of a subPath never.
#[test]
fn p31_changed_configuration() {
    let mut world = World::new();
    let map = |color: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: conf}}\ndata: {{color: {color}}}\n---\n\
                 apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata: {{key: aGk=}}\n"
        )
    };
    let env = "env: [{name: COLOR, valueFrom: {configMapKeyRef: {name: conf, key: color}}}, {name: KEY, valueFrom: \
               {secretKeyRef: {name: s, key: key}}}, {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, \
               {name: BOTH, value: $(ME)-$(COLOR)-$(NONE)}]";
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: c, image: i, {env}, volumeMounts: \
         [{{name: v, mountPath: /conf}}, {{name: v, mountPath: /one, subPath: color}}]}}], volumes: [{{name: v, \
         configMap: {{name: conf}}}}]}}\n"
    );
    world.apply(map("blue")).apply(pod);
    let look = "exec a -- sh -c 'echo $BOTH $KEY; cat /conf/color; echo; cat /one; echo; ls /conf'";
    world.says(look, "a-blue-$(NONE) hi\nblue\nblue\ncolor");
    world.wait(100.0).apply(map("red")).says(look, "a-blue-$(NONE) hi\nblue\nblue\ncolor");
    world.wait(61.0).says(look, "a-blue-$(NONE) hi\nred\nblue\ncolor");
    let refused = "sh: /conf/color: Read-only file system\ncommand terminated with exit code 1";
    world.says("exec a -- sh -c 'echo x > /conf/color'", refused);
}

fn served() -> World {
    let mut world = World::new();
    let services = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None, selector: {app: web}, \
                    ports: [{port: 80}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {selector: \
                    {app: web}, ports: [{port: 8080, targetPort: 80}]}\n";
    world
        .apply(services)
        .apply(web().replicas(2).spec("serviceName: web").template("hostAliases: [{ip: 10.1.2.3, hostnames: [old]}]"));
    world
}

/// P28, P29, D21: a Pod's own names and files.
#[test]
fn p29_names_of_its_own() {
    let mut world = served();
    world.says("exec web-1 -- hostname -f", "web-1.web.default.svc.cluster.local");
    let hosts =
        "10.244.0.2\tweb-1.web.default.svc.cluster.local\tweb-1\n\n# Entries added by HostAliases.\n10.1.2.3\told";
    world.says("exec web-1 -- tail -n 4 /etc/hosts", hosts);
    let resolv =
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5";
    world.says("exec web-1 -- cat /etc/resolv.conf", resolv);
}

/// D10, D23, D24: who takes a connection.
#[test]
fn d10_connections() {
    let mut world = served();
    world.run("exec web-0 -- sh -c 'echo $HOSTNAME > /usr/share/nginx/html/index.html'");
    world.says("exec web-1 -- curl -s web-0.web", "web-0");
    let code = "curl -s -o /dev/null -w %{http_code} http://front:8080";
    world.says(&format!("exec web-1 -- {code}"), "200");
    world.fault("pod web-0 --ready=false").fault("pod web-1 --ready=false");
    let refused = "curl: (7) Failed to connect to front port 8080 after 0 ms: Connection refused\nsts-lab: Service front has \
                   2 endpoints, and none of them is ready\ncommand terminated with exit code 7";
    world.says("exec web-1 -- curl front:8080", refused);
    let unknown = "curl: (6) Could not resolve host: web-0.web\nsts-lab: Pod web-0 is not Ready, and Service web does not \
                   publish addresses before that\ncommand terminated with exit code 6";
    world.says("exec web-1 -- curl web-0.web", unknown);
    world.says("exec web-1 -- curl -s 10.244.0.1", "web-0");
    world.run("delete pod web-0");
    let silent = "curl: (28) Failed to connect to 10.244.0.1 port 80 after 5000 ms: Timeout was reached\nsts-lab: no Pod and no \
                  Service has this address: a Pod that comes back gets another one\ncommand terminated with exit code 28";
    world.says("exec web-1 -- curl -m 5 10.244.0.1", silent);
}

/// Services that were there when a container started stand in its environment, later ones do not.
#[test]
fn services_in_the_environment() {
    let mut world = served();
    let look = "exec web-0 -- sh -c 'env | grep -E \"^(FRONT|LATE)_SERVICE\"'";
    world.run("exec web-0 -- sh -c 'env | grep -c FRONT_PORT_8080_TCP_ADDR=10.96'");
    world.run("create service clusterip late --tcp=1");
    let address =
        world.get(sts_lab::resource::Kind::Service, "front")["spec"]["clusterIP"].as_str().unwrap().to_string();
    let both = format!("FRONT_SERVICE_HOST={address}\nFRONT_SERVICE_PORT=8080");
    world.says(look, &both).run("delete pod web-0");
    assert!(world.ask(look).stdout.contains("LATE_SERVICE_PORT=1"));
}

/// What is refused before, at and behind the kubelet.
#[test]
fn refusals_of_exec() {
    let mut world = data();
    let unknown = "error: container x is not valid for pod db-0 out of: app";
    world.says("exec db-0 -c x -- ls", unknown).run("cordon node-0").run("cordon node-1").run("cordon node-2");
    world.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: late}\nspec: {containers: [{name: a, image: i}, {name: b, image: i}]}");
    let pending = "Defaulted container \"a\" out of: a, b\nError from server (BadRequest): pod late does not have a host \
                   assigned";
    world.says("exec late -- ls", pending);
    let node = world.node_of("db-0");
    world.fault(&format!("node {node} --down"));
    let answer = world.ask("exec db-0 -- ls");
    assert!(answer.stderr.starts_with("Error from server: error dialing backend: dial tcp 192.168.0.1"), "{answer:?}");
}

/// A command ends with its container, and after a day.
#[test]
fn commands_that_are_stopped() {
    let mut world = data();
    let stopped = |why: &str| format!("sts-lab: the command was stopped: {why}\ncommand terminated with exit code 137");
    world.says("exec db-0 -- sleep infinity", &stopped("a day has passed, and nobody waits longer"));
    world.says(
        "exec db-0 -- sh -c 'while :; do :; done'",
        &stopped("it ran so many commands that nobody waits for its end"),
    );
    world.begin("delete pod db-0 --wait=false").says("exec db-0 -- sleep 5", &stopped("its container ended meanwhile"));
    let deep = format!("exec db-0 -- sh -c '{}{}'", "echo $(".repeat(2000), ")".repeat(2000));
    assert!(world.settle().ask(&deep).stderr.contains("so many commands in commands"));
}

/// Logs are what a command that the lab's shell understands has written, each line at its time.
#[test]
fn logs_of_understood_commands() {
    let mut world = World::new();
    let script = "i=0; while true; do echo turn $i; i=$((i+1)); sleep 10; done";
    let container =
        |name: &str, command: &str| format!("{{name: {name}, image: busybox, command: [sh, -c, '{command}']}}");
    let (one, two) = (container("one", script), container("two", "echo up; mysqld --verbose"));
    let init = container("prepare", "echo ready");
    world.apply(format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, labels: {{app: p}}}}\nspec: {{initContainers: [{init}], containers: \
         [{one}, {two}]}}"
    ));
    world.wait(25.0);
    let defaulted = "Defaulted container \"one\" out of: one, two, prepare (init)";
    world.says("logs p", &format!("turn 0\nturn 1\nturn 2\n{defaulted}"));
    world.says("logs p -c one --tail=1 --timestamps", "2026-01-01T00:00:20.322000000Z turn 2");
    world.says("logs p -c one --since=9s", "turn 2").says("logs p prepare", "ready");
    let unknown = "sts-lab: container two of Pod p: its command runs mysqld, which is not modelled: what that writes is not \
                   known";
    world.says("logs p -c two", &format!("up\n{unknown}"));
    let all = "[pod/p/prepare] ready\n[pod/p/one] turn 2\n[pod/p/two] up\n";
    assert_eq!(world.ask("logs -l app=p --all-containers --prefix --tail=1").stdout, all);
    let previous = "Error from server (BadRequest): previous terminated container \"one\" in pod \"p\" not found";
    world.says("logs p -c one -p", previous);
    world.fault("pod p --crash=true").wait(5.0);
    assert!(world.ask("logs p -c one -p").stdout.ends_with("turn 2\n"));
}

/// What is waited for is said as the kubelet says it.
#[test]
fn logs_of_what_has_not_started() {
    let mut world = World::new();
    world.breaks("image bad:1 --pull=false");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'bad:1'}]}";
    world.submit(pod).wait(0.1);
    let waiting = "Error from server (BadRequest): container \"c\" in pod \"p\" is waiting to start: ";
    world.says("logs p", &format!("{waiting}ContainerCreating"));
    world.settle().says("logs p", &format!("{waiting}trying and failing to pull image"));
}

/// D12: commands in a Pod follow an `ExternalName` Service as the cluster's DNS does; outside the cluster it ends.
#[test]
fn d12_other_names() {
    let mut world = served();
    let aliases = "apiVersion: v1\nkind: Service\nmetadata: {name: one}\nspec: {type: ExternalName, externalName: \
                   front.default.svc.cluster.local}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: out}\nspec: \
                   {type: ExternalName, externalName: db.example.com}\n";
    world.apply(aliases);
    let ip = world.get(Kind::Service, "front")["spec"]["clusterIP"].as_str().unwrap_or_default().to_string();
    let (one, front) = ("one.default.svc.cluster.local", "front.default.svc.cluster.local");
    let server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n";
    let looked_up = format!("{server}{one}\tcanonical name = {front}.\nName:\t{front}\nAddress: {ip}\n");
    world.says("exec web-0 -- nslookup one", looked_up.trim_end());
    world.says("exec web-0 -- getent hosts one", &format!("{ip:<15} {front} {one}"));
    world.says("exec web-0 -- dig +short +search one", &format!("{front}.\n{ip}"));
    world.says("exec web-0 -- host one", &format!("{one} is an alias for {front}.\n{front} has address {ip}"));
    world.run("exec web-0 -- sh -c 'echo hi > /usr/share/nginx/html/index.html'");
    world.run("exec web-1 -- sh -c 'echo hi > /usr/share/nginx/html/index.html'");
    world.says("exec web-0 -- curl -s one:8080", "hi");
    let why = "sts-lab: Service out is another name for db.example.com, which is outside the cluster: only the DNS out there \
               knows its address, and the lab has none";
    let ended = "command terminated with exit code";
    let curl = format!("curl: (6) Could not resolve host: out\n{why}\n{ended} 6");
    world.says("exec web-0 -- curl out", &curl);
    world.says("exec web-0 -- getent hosts out", &format!("{why}\n{ended} 2"));
    let alias = "out.default.svc.cluster.local is an alias for db.example.com.";
    world.says("exec web-0 -- host out", &format!("{alias}\n{why}"));
}

/// A set `db` whose container runs a shell line on its claim and a scratch volume.
fn scripted(script: &str) -> World {
    let mut world = World::new();
    let mounts = "volumeMounts: [{name: data, mountPath: /data}, {name: scratch, mountPath: /scratch}]";
    world.apply(format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec:\n  serviceName: db\n  selector: \
         {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    spec: {{containers: [{{name: \
         app, image: busybox, {mounts}, command: [sh, -c, {script:?}]}}], volumes: [{{name: scratch, emptyDir: {{}}}}]}}\n  \
         volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: \
         {{storage: 1Gi}}}}}}}}]\n"
    ));
    world
}

/// P27, V30: what a command writes when it starts lies where a person's would, and stays as long.
#[test]
fn p27_what_a_command_writes_stays_on_its_volumes() {
    let mut world = scripted("hostname >> /data/starts; hostname >> /scratch/starts; touch /tmp/up; sleep 3600");
    world.says("exec db-0 -- cat /data/starts /scratch/starts", "db-0\ndb-0").run("exec db-0 -- test -e /tmp/up");
    world.run("delete pod db-0").says("exec db-0 -- cat /data/starts /scratch/starts", "db-0\ndb-0\ndb-0");
    world.fault("pod db-0 --crash=true").fault("pod db-0 --crash=null");
    world.says("exec db-0 -- sh -c 'wc -l < /data/starts; wc -l < /scratch/starts'", "3\n2");
    world.run("scale sts db --replicas=0").run("delete pvc data-db-0").run("scale sts db --replicas=1");
    world.says("exec db-0 -- cat /data/starts", "db-0");
}

/// Persons and commands write in the order of time, each on what the other left.
#[test]
fn commands_and_persons_take_turns() {
    let mut world = scripted("while true; do echo turn >> /data/log; [ -e /data/stop ] && exit 0; sleep 10; done");
    world.wait(25.0).says("exec db-0 -- sh -c 'wc -l < /data/log'", "3");
    world.run("exec db-0 -- sh -c 'echo mine > /data/log'").wait(20.0);
    world.says("exec db-0 -- cat /data/log", "mine\nturn\nturn");
    let both = "exec db-0 -- sh -c 'rm /data/log; sleep 15; cat /data/log; touch /data/stop; rm /data/log; sleep 60; cat /data/log'";
    world.says(both, "turn\nturn\nturn").wait(60.0).says("exec db-0 -- cat /data/log", "turn");
}

/// The walk of the MySQL tutorial: an init container makes the configuration of its ordinal, and hands it on.
#[test]
fn p6_init_containers_prepare_files() {
    let mut world = World::new();
    let script = "set -e; [[ $HOSTNAME =~ -([0-9]+)$ ]] || exit 1; ordinal=${BASH_REMATCH[1]}; sleep 5; echo \
                  server-id=$((100 + $ordinal)) > /conf/server-id.cnf; if [[ $ordinal -eq 0 ]]; then cp /maps/primary.cnf \
                  /conf/; else cp /maps/replica.cnf /conf/; fi; echo done";
    let read = "cat /conf/* > /tmp/seen; exec mysqld; echo never > /tmp/seen";
    world.apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: maps}\ndata: {primary.cnf: log-bin, replica.cnf: read-only}\n",
    );
    let conf = "{name: conf, mountPath: /conf}";
    let init = format!(
        "{{name: init, image: mysql, command: [bash, -c, {script:?}], volumeMounts: [{conf}, {{name: maps, mountPath: /maps}}]}}"
    );
    let main = format!("{{name: mysql, image: mysql, command: [sh, -c, {read:?}], volumeMounts: [{conf}]}}");
    world.apply(format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: web}}\nspec:\n  serviceName: web\n  replicas: 2\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec: \
         {{initContainers: [{init}], containers: [{main}], volumes: [{{name: conf, emptyDir: {{}}}}, {{name: maps, \
         configMap: {{name: maps}}}}]}}\n"
    ));
    world.says(
        "exec web-1 -c mysql -- sh -c 'ls /conf; cat /conf/*'",
        "replica.cnf\nserver-id.cnf\nread-onlyserver-id=101",
    );
    world.says("exec web-0 -c mysql -- cat /tmp/seen", "log-binserver-id=100").says("logs web-1 -c init", "done");
}

/// A hook after the start writes too, and others see the page.
#[test]
fn hooks_after_the_start_leave_files() {
    let mut world = served();
    let page = r#"{"postStart": {"exec": {"command": ["sh", "-c", "hostname > /usr/share/nginx/html/index.html"]}}}"#;
    world.run(&format!(r#"patch sts web --type=json -p '[{{"op": "add", "path": "/spec/template/spec/containers/0/lifecycle", "value": {page}}}]'"#));
    world.says("exec web-1 -- curl -s web-0.web", "web-0").says("exec web-0 -- curl -s web-1.web", "web-1");
}

/// Containers of one Pod see each other's files at their time, whoever began first.
#[test]
fn containers_of_a_pod_work_together() {
    let mut world = World::new();
    let container = |name: &str, script: &str| {
        format!(
            "{{name: {name}, image: busybox, args: [/bin/sh, -c, {script:?}], volumeMounts: [{{name: v, mountPath: /v}}]}}"
        )
    };
    let waits = container("waits", "until [ -e /v/flag ]; do sleep 1; done; cat /v/flag; cp /v/flag /v/copy");
    let says = container("says", "sleep 7; date +%S > /v/flag; sleep 3600");
    world.apply(format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{waits}, {says}], volumes: [{{name: v, \
         emptyDir: {{}}}}]}}"
    ));
    world.says("exec p -c says -- ls /v", "").wait(10.0);
    world.says("exec p -c says -- cat /v/copy", "07").says("logs p -c waits", "07");
}

/// What the lab's shell does not know is not made up: a server that runs in the foreground does not come back.
#[test]
fn nothing_is_known_after_a_server() {
    let mut world = scripted("echo before > /data/f; pg_ctl start; echo after > /data/f");
    world.says("exec db-0 -- cat /data/f", "before");
    let mut world = scripted("apk add curl; echo after > /data/f; yes");
    world.says("exec db-0 -- cat /data/f", "after");
}
