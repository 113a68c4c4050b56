//! Choosing containers of a Pod spec, and changing their environment (`k8s.io/kubectl/pkg/cmd/set/helper.go`).

use std::collections::BTreeSet;

use serde_json::Value;

/// Whether a name matches a pattern with `*`, found part by part as upstream finds them: not greedy, and each part
/// looked for at or behind twice the place of the one before.
pub fn matches(name: &str, pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if !pattern.contains('*') {
        return name == pattern;
    }
    let parts: Vec<&str> = pattern.split('*').collect();
    let mut at = 0;
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let Some(next) = name[at..].find(part).filter(|next| *next >= at) else { return false };
        if (index == 0 && at != 0) || (index == parts.len() - 1 && name.len() != part.len() + next) {
            return false;
        }
        if !name.is_char_boundary(next) {
            return false;
        }
        at = next;
    }
    true
}

/// The containers of a Pod spec, then its init containers, whose names match.
pub fn chosen<'s>(spec: &'s mut Value, pattern: &str) -> Vec<&'s mut Value> {
    let Some(spec) = spec.as_object_mut() else { return Vec::new() };
    let (mut containers, mut init) = (Vec::new(), Vec::new());
    for (key, value) in spec.iter_mut() {
        let list = match key.as_str() {
            "containers" => &mut containers,
            "initContainers" => &mut init,
            _ => continue,
        };
        let all = value.as_array_mut().into_iter().flatten();
        list.extend(all.filter(|c| matches(c["name"].as_str().unwrap_or_default(), pattern)));
    }
    containers.extend(init);
    containers
}

/// The variables of `existing` with those of `new` in their place or behind, and without those of `remove`.
pub fn updated_env(existing: &[Value], new: &[Value], remove: &[String]) -> Vec<Value> {
    let name = |variable: &Value| variable["name"].as_str().unwrap_or_default().to_string();
    let mut covered: BTreeSet<String> = remove.iter().cloned().collect();
    let mut all = Vec::new();
    for old in existing {
        let key = name(old);
        if covered.contains(&key) {
            continue;
        }
        match new.iter().find(|variable| name(variable) == key) {
            Some(newer) => {
                covered.insert(key);
                all.push(newer.clone());
            }
            None => all.push(old.clone()),
        }
    }
    for variable in new {
        if covered.insert(name(variable)) {
            all.push(variable.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns() {
        for (name, pattern, expect) in [
            ("nginx", "*", true),
            ("nginx", "nginx", true),
            ("nginx", "ngin", false),
            ("nginx", "ngi*", true),
            ("nginx", "*inx", true),
            ("nginx", "*gin", false),
            ("nginx", "x*", true),
            ("nginx", "y*", false),
            ("nginx", "n*x", true),
        ] {
            assert_eq!(matches(name, pattern), expect, "{name} {pattern}");
        }
    }

    #[test]
    fn containers_come_before_init_containers() {
        let mut spec = json!({"initContainers": [{"name": "i"}], "containers": [{"name": "a"}, {"name": "b"}]});
        let names = |pattern: &str, spec: &mut Value| {
            chosen(spec, pattern).iter().map(|c| c["name"].as_str().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("*", &mut spec), ["a", "b", "i"]);
        assert_eq!(names("b", &mut spec), ["b"]);
        assert!(names("z", &mut spec).is_empty());
    }

    #[test]
    fn variables_keep_their_places() {
        let existing = [json!({"name": "A", "value": "1"}), json!({"name": "B"}), json!({"name": "A"})];
        let new = [json!({"name": "C"}), json!({"name": "A", "value": "2"})];
        let all = updated_env(&existing, &new, &["B".to_string()]);
        assert_eq!(all, [json!({"name": "A", "value": "2"}), json!({"name": "C"})]);
    }
}
