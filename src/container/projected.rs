//! Files that Kubernetes writes into containers: ConfigMaps, Secrets, the downward API, and several of them in one
//! (`pkg/volume/{configmap,secret,downwardapi,projected}`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::env::{data_at, field};
use super::inside::{Around, Inside};
use crate::resource::{Kind, Time};

/// How long a kubelet takes to bring a changed ConfigMap into the files of a running Pod: it looks once a minute (rules
/// P30, P31).
pub const REFRESH: Duration = Duration::from_secs(60);

/// Contents by path.
type Files = BTreeMap<String, String>;

/// The files of a volume; `None` if it is of another kind. With `sub_path` they are as they were at the start.
pub(super) fn files(inside: &Inside, volume: &Value, around: Around<'_>, sub_path: bool) -> Option<Files> {
    // What changed within the last minute has not reached the files yet; a container that started since has it.
    let at = if sub_path { inside.started } else { inside.started.max(around.now - REFRESH) };
    let mut out = Files::new();
    if let Some(config) = volume.get("configMap") {
        out.extend(of_data(inside, around, Kind::ConfigMap, config["name"].as_str().unwrap_or_default(), config, at));
    } else if let Some(secret) = volume.get("secret") {
        let name = secret["secretName"].as_str().unwrap_or_default();
        out.extend(of_data(inside, around, Kind::Secret, name, secret, at));
    } else if let Some(downward) = volume.get("downwardAPI") {
        out.extend(of_fields(inside, around, downward));
    } else if let Some(sources) = volume["projected"]["sources"].as_array() {
        for source in sources {
            for (kind, key) in [(Kind::ConfigMap, "configMap"), (Kind::Secret, "secret")] {
                let name = source[key]["name"].as_str().unwrap_or_default();
                out.extend(of_data(inside, around, kind, name, &source[key], at));
            }
            out.extend(of_fields(inside, around, &source["downwardAPI"]));
        }
    } else {
        return None;
    }
    Some(out)
}

fn of_data(inside: &Inside, around: Around<'_>, kind: Kind, name: &str, source: &Value, at: Time) -> Files {
    let data = data_at(around, kind, inside.namespace(), name, at).unwrap_or_default();
    let Some(items) = source["items"].as_array() else { return data };
    let picked = items.iter().filter_map(|item| {
        let path = item["path"].as_str()?.trim_matches('/').to_string();
        Some((path, data.get(item["key"].as_str()?)?.clone()))
    });
    picked.collect()
}

fn of_fields(inside: &Inside, around: Around<'_>, source: &Value) -> Files {
    let items = source["items"].as_array().into_iter().flatten();
    let written = items.filter_map(|item| {
        let path = item["path"].as_str()?.trim_matches('/').to_string();
        Some((path, field(inside, around, item["fieldRef"]["fieldPath"].as_str()?)?))
    });
    written.collect()
}

/// The data of a ConfigMap or Secret as text, by key.
pub(super) fn decoded(kind: Kind, object: &Value) -> BTreeMap<String, String> {
    let texts = |key: &str| object[key].as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let bytes = |value: &Value| String::from_utf8_lossy(&base64(value.as_str().unwrap_or_default())).into_owned();
    let mut out = BTreeMap::new();
    if kind == Kind::Secret {
        out.extend(texts("data").map(|(key, value)| (key.clone(), bytes(value))));
    } else {
        out.extend(texts("data").map(|(key, value)| (key.clone(), text(value))));
        out.extend(texts("binaryData").map(|(key, value)| (key.clone(), bytes(value))));
    }
    out
}

/// Base64 to bytes; what is no base64 is left out.
fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        let number = chunk.iter().fold(0u32, |sum, digit| sum << 6 | u32::from(*digit)) << (6 * (4 - chunk.len()));
        let bytes = number.to_be_bytes();
        out.extend_from_slice(&bytes[1..(chunk.len()).max(1)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_any_length() {
        for (text, bytes) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("YWJjZA==", "abcd")] {
            assert_eq!(base64(text), bytes.as_bytes());
        }
    }
}
