//! The manifests that come with the program: one for each workload people meet `StatefulSet`s with, in `manifests/`.
//! They are plain files there; this is the table that carries them in the binary.

/// A manifest that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// What it is called: its file's name without `.yaml`.
    pub name: &'static str,
    /// Its file's name.
    pub file: &'static str,
    /// What it shows, in a line: the first line of the file.
    pub about: &'static str,
    /// The whole text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal: $about:literal,)*) => {
        /// All of them, the plain ones first.
        pub const ALL: &[Shipped] = &[$(Shipped {
            name: $name,
            file: concat!($name, ".yaml"),
            about: $about,
            text: include_str!(concat!("../../manifests/", $name, ".yaml")),
        }),*];
    };
}

shipped! {
    "web": "Three nginx servers, each with its own pages: the smallest set to watch names, disks and order with.",
    "mysql": "MySQL: three servers, each with an own name, an own disk and an own place in the order.",
    "mysql-basic": "MySQL, as little as it takes: a headless Service and a StatefulSet.",
    "mysql-headless": "MySQL behind two Services: one for the names of the servers, one for clients that take any of them.",
    "mysql-replication": "MySQL with one primary and two replicas: ordinal 0 writes, the others follow it.",
    "postgres": "PostgreSQL: one server whose volume outlives everything, even its claim.",
    "mongodb": "MongoDB: a replica set of three members that know each other by name.",
    "kafka": "Kafka without ZooKeeper: three nodes that are broker and controller at once (KRaft).",
    "rabbitmq": "RabbitMQ: three brokers that join the one with the lowest ordinal.",
    "zookeeper": "ZooKeeper: an ensemble of three that must never share a node, and never lose two members at once.",
    "cassandra": "Cassandra: a ring of three, joined one by one through a seed with a fixed name.",
    "redis": "Redis Cluster: six servers, three of which will hold the slots and three their copies.",
    "elasticsearch": "Elasticsearch: three nodes that are master and data at once, with disks that can grow.",
    "jenkins": "Jenkins: one controller whose home folder must never be lost. A StatefulSet of one is worth it.",
}

/// The manifest of this name, or of this file name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Shipped> {
    let name = name.strip_suffix(".yaml").unwrap_or(name);
    ALL.iter().find(|shipped| shipped.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Source, parse};

    #[test]
    fn lists_every_file_once() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
        let files: BTreeSet<String> = std::fs::read_dir(dir)
            .expect("the folder is there")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        let listed: Vec<String> = ALL.iter().map(|shipped| shipped.file.to_string()).collect();
        assert_eq!(files, listed.iter().cloned().collect());
        assert_eq!(listed.len(), files.len(), "one is listed twice");
    }

    #[test]
    fn each_is_found_and_opens_with_what_it_shows() {
        for shipped in ALL {
            assert_eq!(find(shipped.name), Some(shipped));
            assert_eq!(find(shipped.file), Some(shipped));
            assert_eq!(shipped.text.lines().next(), Some(format!("# {}", shipped.about).as_str()), "{}", shipped.name);
            for part in ["\n# Shows   ", "\n# Try     "] {
                assert!(shipped.text.contains(part), "{}: no line {part:?}", shipped.name);
            }
        }
        assert_eq!(find("oracle"), None);
    }

    #[test]
    fn each_parses_without_a_problem_or_a_key_twice() {
        for shipped in ALL {
            let (documents, problem) = parse(Arc::new(Source::new(shipped.file, shipped.text)));
            assert_eq!(problem.map(|problem| problem.render(false)), None, "{}", shipped.file);
            assert!(documents.len() > 1, "{}: a Service and a StatefulSet at least", shipped.file);
            for document in documents {
                assert_eq!(document.duplicates(), [], "{} document {}", shipped.file, document.index);
            }
        }
    }
}
