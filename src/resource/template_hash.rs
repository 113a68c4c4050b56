//! The hash of a Pod template that names `ReplicaSet`s and a `DaemonSet`'s revisions (rule R1; upstream
//! `pkg/controller/controller_utils.go`, `ComputeHash`).

use serde_json::Value;

use super::go_dump;

/// The hash of a stored template. `collisions` is the owner's `collisionCount`, which counts only once there is one.
#[must_use]
pub fn template_hash(template: &Value, collisions: Option<i64>) -> String {
    let dump = go_dump::pod_template(template);
    let count = collisions.map(|count| u64::from(count as u32).to_le_bytes());
    safe_encode(fnv1a(dump.bytes().chain(count.into_iter().flatten())))
}

/// 32-bit FNV-1a.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}

/// The decimal digits, each spelt as a letter or digit that makes no words (apimachinery `util/rand`).
fn safe_encode(number: u32) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    number.to_string().bytes().map(|byte| char::from(ALPHABET[usize::from(byte) % 27])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::defaults;
    use crate::resource::Kind;
    use serde_json::json;

    fn stored(labels: &Value, spec: &Value) -> Value {
        let mut object = json!({"spec": {"template": {"metadata": {"labels": labels}, "spec": spec}}});
        defaults::apply(Kind::Deployment, &mut object);
        object["spec"]["template"].take()
    }

    /// Hashes that a real control plane gave to these templates.
    #[test]
    fn r1_hashes_of_a_real_cluster() {
        let check = |labels: Value, spec: Value, expect: &str| {
            assert_eq!(template_hash(&stored(&labels, &spec), None), expect, "{spec}");
        };
        let nginx = json!([{"name": "nginx", "image": "nginx:1.27"}]);
        check(json!({"app": "web"}), json!({"terminationGracePeriodSeconds": 5, "containers": nginx}), "699bc779cb");
        check(json!({"app": "agent"}), json!({"containers": [{"name": "a", "image": "busybox:1.36"}]}), "6d8f88cd46");
        let tolerate =
            |key: &str| json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 3});
        let term = json!({"labelSelector": {"matchLabels": {"app": "dep"}}, "topologyKey": "kubernetes.io/hostname"});
        check(
            json!({"app": "dep"}),
            json!({
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
                "containers": [{"image": "nginx:1.27", "name": "c"}],
                "tolerations": [tolerate("node.kubernetes.io/unreachable"), tolerate("node.kubernetes.io/not-ready")]
            }),
            "7c995b98b5",
        );
    }

    #[test]
    fn r1_a_collision_gives_another_name() {
        let template = stored(&json!({"app": "web"}), &json!({"containers": [{"name": "a", "image": "b"}]}));
        let [none, zero, one] = [None, Some(0), Some(1)].map(|count| template_hash(&template, count));
        assert!(none != zero && zero != one && none != one);
    }
}
