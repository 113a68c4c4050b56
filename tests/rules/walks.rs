//! Random walks over one set: commands and faults as a person might give them. After each step the cluster comes to
//! rest, and is looked at by rules that are written down here once more, over plain JSON: what the controller would still
//! have to do, and what its status has to say.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sts_lab::cluster::queue::Worker;
use sts_lab::resource::Kind;

use crate::world::World;

/// A generator of numbers (xorshift), so that a walk is known by its number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len() as u64) as usize]
    }
}

struct Shape {
    start: i64,
    image: String,
    env: Option<String>,
    spec: Vec<String>,
    claim: Option<&'static str>,
    probe: bool,
    replicas: u64,
}

impl Shape {
    fn roll(dice: &mut Dice) -> Shape {
        let start = if dice.below(3) == 0 { 2 } else { 0 };
        let mut spec = Vec::new();
        if dice.below(2) == 0 {
            spec.push("podManagementPolicy: Parallel".to_string());
        }
        if start > 0 {
            spec.push(format!("ordinals: {{start: {start}}}"));
        }
        if dice.below(3) > 0 {
            let (deleted, scaled) = (dice.pick(&["Retain", "Delete"]), dice.pick(&["Retain", "Delete"]));
            spec.push(format!(
                "persistentVolumeClaimRetentionPolicy: {{whenDeleted: {deleted}, whenScaled: {scaled}}}"
            ));
        }
        match dice.below(5) {
            0 => spec.push("updateStrategy: {type: OnDelete}".into()),
            1 => spec.push("updateStrategy: {type: RollingUpdate}".into()),
            2 => spec.push(format!(
                "updateStrategy: {{type: RollingUpdate, rollingUpdate: {{partition: {}}}}}",
                dice.below(3)
            )),
            _ => {}
        }
        if dice.below(4) == 0 {
            spec.push("minReadySeconds: 2".into());
        }
        if dice.below(2) == 0 {
            spec.push(format!("revisionHistoryLimit: {}", dice.below(2)));
        }
        let claim = [None, Some("standard"), Some("retain"), Some("wait")][dice.below(4) as usize];
        let (image, replicas) = ("nginx:1.25".to_string(), 1 + dice.below(4));
        Shape { start, image, env: None, spec, claim, probe: dice.below(3) == 0, replicas }
    }

    fn manifest(&self) -> String {
        let mut out = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{clusterIP: None, selector: {{app: web}}, \
             ports: [{{port: 80}}]}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: web}}\nspec:\n  \
             serviceName: web\n  replicas: {}\n  selector: {{matchLabels: {{app: web}}}}\n",
            self.replicas
        );
        for line in &self.spec {
            out += &format!("  {line}\n");
        }
        let env = self.env.as_ref().map_or(String::new(), |env| format!(", env: [{{name: MODE, value: {env}}}]"));
        let probe = if self.probe { ", readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}" } else { "" };
        let mount = if self.claim.is_some() { ", volumeMounts: [{name: data, mountPath: /data}]" } else { "" };
        out += &format!(
            "  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      terminationGracePeriodSeconds: 10\n      \
             containers: [{{name: nginx, image: \"{}\"{env}{probe}{mount}}}]\n",
            self.image
        );
        if let Some(class) = self.claim {
            out += &format!(
                "  volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{accessModes: [ReadWriteOnce], \
                 storageClassName: {class}, resources: {{requests: {{storage: 1Gi}}}}}}}}]\n"
            );
        }
        out
    }
}

fn step(dice: &mut Dice, shape: &mut Shape, world: &mut World) {
    let pod = shape.start + dice.below(5) as i64;
    let patch = |spec: String| format!("patch sts web --type=merge -p '{{\"spec\":{{{spec}}}}}'");
    let command = match dice.below(20) {
        0..=3 => format!("scale sts web --replicas={}", dice.below(6)),
        4..=6 => format!("set image sts/web nginx=nginx:1.{}", 25 + dice.below(4)),
        7 => format!("set env sts/web MODE={}", dice.pick(&["a", "b", "c"])),
        8..=9 => format!("delete pod web-{pod} --wait=false"),
        10 => format!("delete pvc data-web-{pod} --wait=false"),
        11 => patch(format!(
            "\"updateStrategy\":{{\"type\":\"RollingUpdate\",\"rollingUpdate\":{{\"partition\":{}}}}}",
            dice.below(5)
        )),
        12 => match dice.below(4) {
            0 => patch("\"updateStrategy\":{\"type\":\"OnDelete\",\"rollingUpdate\":null}".into()),
            1 => patch(format!("\"minReadySeconds\":{}", dice.below(2) * 2)),
            2 => patch(format!("\"ordinals\":{{\"start\":{}}}", dice.below(4))),
            _ => {
                let (deleted, scaled) = (dice.pick(&["Retain", "Delete"]), dice.pick(&["Retain", "Delete"]));
                patch(format!(
                    "\"persistentVolumeClaimRetentionPolicy\":{{\"whenDeleted\":\"{deleted}\",\"whenScaled\":\"{scaled}\"}}"
                ))
            }
        },
        13 => {
            let fault = format!("pod web-{pod} --ready={}", dice.pick(&["true", "false", "null"]));
            world.breaks(&fault);
            return;
        }
        14 => {
            let attribute = dice.pick(&["phase=Failed", "phase=Succeeded", "crash=true", "crash=null"]);
            world.breaks(&format!("pod web-{pod} --{attribute}"));
            return;
        }
        15 => {
            world.breaks(&format!("image nginx:broken --{}", dice.pick(&["crash=true", "pull=false", "ready=false"])));
            "set image sts/web nginx=nginx:broken".into()
        }
        16 => "rollout undo sts/web".into(),
        17 => format!("label pod web-{pod} {}", dice.pick(&["app-", "app=web", "app=web --overwrite"])),
        18 => format!("annotate sts web note={} --overwrite", dice.below(9)),
        _ => {
            let how = dice.pick(&["", " --cascade=orphan", " --cascade=foreground --wait=false"]);
            world.ask(&format!("delete sts web{how}"));
            world.settle_for(Duration::from_secs(6));
            if dice.below(2) == 0 {
                shape.image = format!("nginx:1.{}", 25 + dice.below(4));
                shape.env = (dice.below(2) == 0).then(|| dice.pick(&["a", "b", "c"]).to_string());
            }
            let manifest = shape.manifest();
            world.ask_with("apply -f -", &manifest);
            return;
        }
    };
    world.ask(&command);
}

fn condition<'a>(pod: &'a Value, kind: &str) -> Option<&'a Value> {
    pod["status"]["conditions"].as_array()?.iter().find(|c| c["type"] == kind)
}

fn going(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn running_and_ready(pod: &Value) -> bool {
    pod["status"]["phase"] == "Running" && condition(pod, "Ready").is_some_and(|c| c["status"] == "True")
}

/// What the set's controller would still do, were it to look once more at a world at rest; and what is wrong with the
/// status it left. Empty if all is well.
#[allow(clippy::too_many_lines, reason = "a table of cases, or one walk through all that can be wrong")]
fn verdict(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    let set = world.get(Kind::StatefulSet, "web");
    if set.is_null() {
        let left = world.names(Kind::ControllerRevision);
        return wrong.into_iter().chain((!left.is_empty()).then(|| format!("revisions left: {left}"))).collect();
    }
    let (spec, status) = (&set["spec"], &set["status"]);
    let uid = &set["metadata"]["uid"];
    let mine = |object: &Value| {
        object["metadata"]["ownerReferences"].as_array().into_iter().flatten().any(|o| o["uid"] == *uid)
    };
    let pods = world.all(Kind::Pod);
    let ordinal = |pod: &Value| pod["metadata"]["name"].as_str()?.strip_prefix("web-")?.parse::<i64>().ok();
    let owned: BTreeMap<i64, &Value> =
        pods.iter().filter(|p| mine(p)).filter_map(|pod| Some((ordinal(pod)?, pod))).collect();
    for pod in &pods {
        let fits = pod["metadata"]["labels"]["app"] == "web" && ordinal(pod).is_some();
        let name = &pod["metadata"]["name"];
        if mine(pod) && !fits && !going(&set) {
            wrong.push(format!("{name} should have been released"));
        }
        if fits && pod["metadata"]["ownerReferences"].is_null() && !going(pod) && !going(&set) {
            wrong.push(format!("{name} should have been adopted"));
        }
    }
    let revision = |pod: &Value| pod["metadata"]["labels"]["controller-revision-hash"].clone();
    let count = |what: &dyn Fn(&Value) -> bool| owned.values().filter(|pod| what(pod)).count() as i64;
    let mut expected = vec![
        ("replicas", count(&|_| true)),
        ("readyReplicas", count(&running_and_ready)),
        ("updatedReplicas", count(&|pod| !going(pod) && revision(pod) == status["updateRevision"])),
        ("currentReplicas", count(&|pod| !going(pod) && revision(pod) == status["currentRevision"])),
    ];
    // A set whose last sync failed is looked at again after a while that grows with each failure (rule S23).
    let failing = world.cluster.pending().iter().any(|(_, task)| task.worker == Worker::StatefulSetLater);
    if !failing {
        // A rest of six seconds makes every Pod that is Ready available.
        expected.push(("availableReplicas", count(&running_and_ready)));
    }
    for (key, expected) in expected {
        let found = status[key].as_i64().unwrap_or(0);
        if found != expected {
            wrong.push(format!("{key} is {found}, not {expected}"));
        }
    }
    if status["observedGeneration"] != set["metadata"]["generation"] {
        wrong.push("the spec was not observed".into());
    }
    if going(&set) || failing {
        return wrong;
    }
    let replicas = spec["replicas"].as_i64().unwrap_or(1);
    let start = spec["ordinals"]["start"].as_i64().unwrap_or(0);
    let ordered = spec["podManagementPolicy"] == "OrderedReady";
    let range = start..start + replicas;
    let well = |o: i64| owned.get(&o).is_some_and(|pod| running_and_ready(pod) && !going(pod));
    // Somebody else's Pod of the name, or a claim that is going, is what a set may wait for.
    let blocked = |o: i64| {
        let claim = world.get(Kind::PersistentVolumeClaim, &format!("data-web-{o}"));
        pods.iter().any(|pod| ordinal(pod) == Some(o) && !mine(pod)) || going(&claim)
    };
    let mut stopped = false;
    // The batch of a Parallel set in which something fails is its last one (rule S42).
    let mut last_batch = None;
    for o in range.clone() {
        if last_batch.is_some_and(|end| o - start > end) {
            break;
        }
        if blocked(o) && !well(o) && last_batch.is_none() {
            last_batch = [0, 2, 6, 14].into_iter().find(|end| *end >= o - start);
        }
        match owned.get(&o) {
            None if !blocked(o) => wrong.push(format!("web-{o} should have been made")),
            Some(pod) if matches!(pod["status"]["phase"].as_str(), Some("Failed" | "Succeeded")) && !going(pod) => {
                wrong.push(format!("web-{o} ended and should have been replaced"));
            }
            Some(pod) if pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"].is_null() && well(o) => {
                wrong.push(format!("web-{o} should have got its label back"));
            }
            _ => {}
        }
        stopped |= !well(o);
        if stopped && ordered {
            break;
        }
    }
    let any_blocked = range.clone().any(|o| blocked(o) && !well(o));
    if ordered && stopped || any_blocked {
        return wrong;
    }
    let condemned: Vec<i64> = owned.keys().copied().filter(|o| !range.contains(o)).collect();
    let lowest_bad = condemned.iter().copied().find(|o| !well(*o));
    if let Some(top) = condemned.last() {
        if !going(owned[top]) && (!ordered || well(*top) || lowest_bad == Some(*top)) {
            wrong.push(format!("web-{top} is beyond the range and should have gone"));
        }
        if ordered {
            return wrong;
        }
    }
    if spec["updateStrategy"]["type"] == "RollingUpdate" {
        let partition = spec["updateStrategy"]["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
        for o in (start + partition..start + replicas).rev() {
            if owned.get(&o).is_some_and(|pod| !going(pod) && revision(pod) != status["updateRevision"]) {
                wrong.push(format!("web-{o} is outdated and should have gone"));
                break;
            }
            if !well(o) {
                break;
            }
        }
    }
    wrong
}

/// The revisions that are kept (rule S76).
fn history(world: &World) -> Option<String> {
    let set = world.get(Kind::StatefulSet, "web");
    if set.is_null() || going(&set) {
        return None;
    }
    let limit = set["spec"]["revisionHistoryLimit"].as_i64().unwrap_or(10);
    let pods = world.all(Kind::Pod);
    let live = |name: &Value| {
        *name == set["status"]["currentRevision"]
            || *name == set["status"]["updateRevision"]
            || pods.iter().any(|pod| pod["metadata"]["labels"]["controller-revision-hash"] == *name)
    };
    let old = world.all(Kind::ControllerRevision).iter().filter(|r| !live(&r["metadata"]["name"])).count() as i64;
    (old > limit).then(|| format!("{old} old revisions are kept"))
}

fn walk(number: u64, steps: usize) {
    let mut dice = Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut shape = Shape::roll(&mut dice);
    let mut world = World::new();
    world.submit(shape.manifest());
    for _ in 0..steps {
        let before = world.cluster.now;
        world.settle_for(Duration::from_secs(6));
        let took = world.cluster.now.since(before);
        let wrong: Vec<String> = verdict(&world).into_iter().chain(history(&world)).collect();
        assert!(wrong.is_empty(), "walk {number}: {wrong:#?}\n{}\n{world}", shape.manifest());
        assert!(took < Duration::from_secs(75), "walk {number} does not come to rest\n{}\n{world}", shape.manifest());
        step(&mut dice, &mut shape, &mut world);
    }
}

#[test]
fn every_walk_ends_where_the_rules_say() {
    let (first, last) = match std::env::var("STS_LAB_WALKS").ok().as_deref().and_then(|text| text.split_once("..")) {
        Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
        None => (1, 40),
    };
    for number in first..last {
        walk(number, 14);
    }
}
