//! `kubectl describe` of `ConfigMap`s, Secrets and `ServiceAccount`s. Secrets show sizes, not values.

use serde_json::Value;

use super::json::Json;
use super::writer::{Writer, put};

fn head(w: &mut Writer, object: &Value) {
    put!(w, 0, "Name:\t{}\n", object.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", object.text("metadata.namespace"));
    w.labels("", "Labels", &object.map("metadata.labels"));
    w.annotations("Annotations", &object.map("metadata.annotations"));
}

/// Writes the description of a `ConfigMap`.
pub(super) fn config_map(w: &mut Writer, map: &Value) {
    head(w, map);
    put!(w, 0, "\nData\n====\n");
    for (key, value) in map.map("data") {
        put!(w, 0, "{key}:\n----\n");
        put!(w, 0, "{value}\n");
        put!(w, 0, "\n");
    }
    put!(w, 0, "\nBinaryData\n====\n");
    for (key, value) in map.map("binaryData") {
        put!(w, 0, "{key}: {} bytes\n", decode(value).len());
    }
    put!(w, 0, "\n");
}

/// Writes the description of a Secret.
pub(super) fn secret(w: &mut Writer, secret: &Value) {
    head(w, secret);
    put!(w, 0, "\nType:\t{}\n", secret.text("type"));
    put!(w, 0, "\nData\n====\n");
    for (key, value) in secret.map("data") {
        let value = decode(value);
        if key == "token" && secret.text("type") == "kubernetes.io/service-account-token" {
            put!(w, 0, "{key}:\t{}\n", String::from_utf8_lossy(&value));
        } else {
            put!(w, 0, "{key}:\t{} bytes\n", value.len());
        }
    }
}

/// Writes the description of a `ServiceAccount`.
pub(super) fn service_account(w: &mut Writer, account: &Value) {
    head(w, account);
    let secrets = account.items("imagePullSecrets");
    if secrets.is_empty() {
        put!(w, 0, "Image pull secrets:\t<none>\n");
    }
    for (index, secret) in secrets.iter().enumerate() {
        let title = if index == 0 { "Image pull secrets:" } else { "                   " };
        put!(w, 0, "{title}\t{}\n", secret.text("name"));
    }
}

/// The bytes of base64 text, up to the first character that does not belong there.
fn decode(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut filled) = (0_u32, 0);
    let letters = text.bytes().filter(|b| !b.is_ascii_whitespace());
    for digit in letters.map_while(|letter| DIGITS.iter().position(|d| *d == letter)) {
        bits = (bits << 6 | digit as u32) & 0xff_ffff;
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            bytes.push((bits >> filled & 0xff) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        for (text, bytes) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("YWJj\nZA==", "abcd")] {
            assert_eq!(decode(text), bytes.as_bytes(), "{text}");
        }
    }
}
