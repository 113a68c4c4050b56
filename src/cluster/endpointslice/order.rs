//! The order of a slice's ports: by the MD5 of what Go prints of each, which is arbitrary but the same everywhere.
//! Upstream: `k8s.io/endpointslice/util` (`NewPortMapKey`), `k8s.io/apimachinery/pkg/util/dump`.

use md5::{Digest, Md5};
use serde_json::Value;

/// Puts the ports of a slice into upstream's order.
#[must_use]
pub fn in_order(mut ports: Vec<Value>) -> Vec<Value> {
    ports.sort_by_cached_key(|port| Md5::digest(printed(port)).to_vec());
    ports
}

/// A `discovery.EndpointPort` as the dump that upstream hashes prints it.
fn printed(port: &Value) -> String {
    let text = |key: &str| port[key].as_str().map_or_else(|| "<nil>".to_string(), str::to_string);
    let number = port["port"].as_i64().map_or_else(|| "<nil>".to_string(), |number| number.to_string());
    format!(
        "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){number} AppProtocol:(*string){}}}",
        text("name"),
        text("protocol"),
        text("appProtocol"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As recorded of a real cluster for a broker's Service.
    #[test]
    fn ports_are_ordered_by_their_hash() {
        let broker = json!({"name": "broker", "port": 9092, "protocol": "TCP"});
        let controller = json!({"name": "controller", "port": 9093, "protocol": "TCP"});
        assert_eq!(in_order(vec![broker.clone(), controller.clone()]), [controller, broker]);
    }
}
