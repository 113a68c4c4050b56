//! What is known of images that people run in sets: where their data is, whether they vote, how they start. Found by the
//! last part of an image's name, so that `bitnami/mongodb:8` is known too.

/// What is known of a program.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What it is called.
    pub name: &'static str,
    /// The names of its images.
    images: &'static [&'static str],
    /// Folders that hold its data; one of them is enough.
    pub data: &'static [&'static str],
    /// What it is like.
    pub traits: &'static [Trait],
}

/// What a program is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// It works only while more than half of its members are there.
    Votes,
    /// Its members find each other by DNS before they are Ready.
    Peers,
    /// A member alone does not become Ready: several must start at once.
    StartsTogether,
    /// Members that join at the same time disturb each other.
    JoinsOneByOne,
    /// It may take a minute or more to start, or to recover.
    StartsSlowly,
    /// One server does not copy to the others unless it is told to.
    CopiesNothing,
}

use Trait::{CopiesNothing, JoinsOneByOne, Peers, StartsSlowly, StartsTogether, Votes};

const KNOWN: &[Known] = &[
    known(
        "MySQL",
        &["mysql", "mysql-server", "mariadb", "percona"],
        &["/var/lib/mysql"],
        &[StartsSlowly, CopiesNothing],
    ),
    known(
        "PostgreSQL",
        &["postgres", "postgresql", "postgis", "timescaledb"],
        &["/var/lib/postgresql", "/var/lib/postgresql/data", "/bitnami/postgresql"],
        &[StartsSlowly, CopiesNothing],
    ),
    known(
        "MongoDB",
        &["mongo", "mongodb", "mongodb-community-server"],
        &["/data/db", "/bitnami/mongodb"],
        &[Votes, Peers, StartsSlowly],
    ),
    known("Redis", &["redis", "valkey"], &["/data", "/bitnami/redis/data"], &[]),
    known(
        "Cassandra",
        &["cassandra"],
        &["/var/lib/cassandra", "/bitnami/cassandra"],
        &[Peers, JoinsOneByOne, StartsSlowly],
    ),
    known("Elasticsearch", &["elasticsearch"], &["/usr/share/elasticsearch/data"], &[Votes, Peers, StartsSlowly]),
    known("OpenSearch", &["opensearch"], &["/usr/share/opensearch/data"], &[Votes, Peers, StartsSlowly]),
    known("ZooKeeper", &["zookeeper"], &["/data", "/bitnami/zookeeper"], &[Votes, Peers]),
    known(
        "Kafka",
        &["kafka", "cp-kafka"],
        &["/var/lib/kafka/data", "/var/lib/kafka", "/bitnami/kafka"],
        &[Votes, Peers, StartsTogether, StartsSlowly],
    ),
    known("RabbitMQ", &["rabbitmq"], &["/var/lib/rabbitmq", "/bitnami/rabbitmq/mnesia"], &[Votes, Peers, StartsSlowly]),
    known(
        "etcd",
        &["etcd"],
        &["/var/lib/etcd", "/etcd-data", "/var/run/etcd", "/bitnami/etcd"],
        &[Votes, Peers, StartsTogether],
    ),
    known("Consul", &["consul"], &["/consul/data"], &[Votes, Peers, StartsTogether]),
    known("NATS", &["nats"], &["/data"], &[Votes, Peers]),
    known("Vault", &["vault", "openbao"], &["/vault/data", "/openbao/data"], &[Votes]),
    known("CockroachDB", &["cockroach"], &["/cockroach/cockroach-data"], &[Votes, Peers, StartsTogether]),
    known("MinIO", &["minio"], &["/data", "/export"], &[Peers, StartsTogether]),
    known("ClickHouse", &["clickhouse-server", "clickhouse"], &["/var/lib/clickhouse"], &[StartsSlowly, CopiesNothing]),
    known(
        "InfluxDB",
        &["influxdb"],
        &["/var/lib/influxdb2", "/var/lib/influxdb", "/var/lib/influxdb3"],
        &[CopiesNothing],
    ),
    known("Neo4j", &["neo4j"], &["/data"], &[StartsSlowly, CopiesNothing]),
    known("Prometheus", &["prometheus"], &["/prometheus"], &[StartsSlowly]),
    known("Grafana", &["grafana", "grafana-oss"], &["/var/lib/grafana"], &[]),
    known("Jenkins", &["jenkins"], &["/var/jenkins_home"], &[StartsSlowly, CopiesNothing]),
];

const fn known(
    name: &'static str,
    images: &'static [&'static str],
    data: &'static [&'static str],
    traits: &'static [Trait],
) -> Known {
    Known { name, images, data, traits }
}

/// What is known of an image.
#[must_use]
pub fn of(image: &str) -> Option<&'static Known> {
    let name = image.split('@').next().unwrap_or(image).rsplit('/').next().unwrap_or(image);
    let name = name.split(':').next().unwrap_or(name);
    KNOWN.iter().find(|known| known.images.contains(&name))
}

impl Known {
    /// Whether it is like that.
    #[must_use]
    pub fn is(&self, what: Trait) -> bool {
        self.traits.contains(&what)
    }

    /// Whether a folder holds its data, or holds the folder that does.
    #[must_use]
    pub fn keeps_data_in(&self, folder: &str) -> bool {
        let folder = folder.trim_end_matches('/');
        let inside =
            |inner: &str, outer: &str| inner == outer || inner.strip_prefix(outer).is_some_and(|r| r.starts_with('/'));
        self.data.iter().any(|data| inside(data, folder) || inside(folder, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_by_their_last_name() {
        let check = |image: &str, name: Option<&str>| assert_eq!(of(image).map(|known| known.name), name, "{image}");
        check("mysql:8.4", Some("MySQL"));
        check("docker.io/bitnami/mongodb@sha256:00", Some("MongoDB"));
        check("localhost:5000/etcd", Some("etcd"));
        check("docker.elastic.co/elasticsearch/elasticsearch:9.1.0", Some("Elasticsearch"));
        check("nginx:1.28", None);
        check("", None);
    }

    #[test]
    fn data_folders() {
        let mysql = of("mysql").unwrap();
        for (folder, keeps) in
            [("/var/lib/mysql", true), ("/var/lib/mysql/", true), ("/var/lib", true), ("/etc/mysql", false)]
        {
            assert_eq!(mysql.keeps_data_in(folder), keeps, "{folder}");
        }
    }
}
