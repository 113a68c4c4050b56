//! Container image references, as far as the default of `imagePullPolicy` needs them: the tag
//! (`pkg/util/parsers`, `github.com/distribution/reference`).

/// The tag of an image; `latest` if it has neither tag nor digest, empty if it has a digest only or is malformed.
pub fn tag(image: &str) -> &str {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let (name, tag) = split_tag(rest);
    let valid = is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    match (valid, tag, digest) {
        (true, Some(tag), _) => tag,
        (true, None, None) => "latest",
        _ => "",
    }
}

/// Splits at the colon that is not a registry's port.
fn split_tag(text: &str) -> (&str, Option<&str>) {
    match text.rfind(':') {
        Some(at) if !text[at..].contains('/') => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    }
}

fn is_name(name: &str) -> bool {
    if name.len() > 255 || (name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))) {
        return false;
    }
    let path = match name.split_once('/') {
        Some((first, rest)) if is_domain_like(first) => {
            if !is_domain(first) {
                return false;
            }
            rest
        }
        _ => name,
    };
    path.split('/').all(is_path_component)
}

fn is_domain_like(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    port.is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        && host.split('.').all(|label| {
            let bytes = label.as_bytes();
            let ends_well = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
            ends_well(bytes.first())
                && ends_well(bytes.last())
                && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        })
}

/// Runs of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_path_component(text: &str) -> bool {
    let mut separator = String::new();
    let mut after_word = false;
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => {
                if !separator.is_empty() {
                    let joined = matches!(separator.as_str(), "." | "_" | "__") || separator.bytes().all(|b| b == b'-');
                    if !after_word || !joined {
                        return false;
                    }
                    separator.clear();
                }
                after_word = true;
            }
            '.' | '_' | '-' => separator.push(c),
            _ => return false,
        }
    }
    after_word && separator.is_empty()
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_references() {
        let digest = "sha256:".to_string() + &"a".repeat(64);
        let by_digest = format!("nginx@{digest}");
        let both = format!("nginx:1.27@{digest}");
        for (image, expect) in [
            ("nginx", "latest"),
            ("nginx:1.27", "1.27"),
            ("nginx:latest", "latest"),
            ("registry.k8s.io/nginx-slim:0.24", "0.24"),
            ("localhost:5000/a/b", "latest"),
            ("localhost:5000/a/b:v1", "v1"),
            (by_digest.as_str(), ""),
            (both.as_str(), "1.27"),
            ("NGINX", ""),
            ("library/NGINX", ""),
            ("Example/nginx", "latest"),
            ("nginx 1", ""),
            ("nginx:", ""),
            ("nginx:.bad", ""),
            ("a__b", "latest"),
            ("a___b", ""),
            ("a---b", "latest"),
            ("-a", ""),
            ("", ""),
            ("nginx@sha256:abc", ""),
        ] {
            assert_eq!(tag(image), expect, "{image}");
        }
    }
}
