//! The names that a cluster's DNS would answer now, read from Services and `EndpointSlice`s as `CoreDNS` reads them
//! (rules D11–D22). [`records`] lists them, [`resolve()`] asks for one as a Pod would and says why there is no answer.
//!
//! Nothing here is cached and no time passes: what a real client still remembers (D20) is not modelled.

mod alias;
mod explain;
mod lookup;
mod outside;
mod records;
mod resolve;
mod service;

#[cfg(test)]
mod tests;

pub use outside::address_of_hostname;
pub use records::records;
pub use resolve::{Answer, Query, Try, resolve};
pub use service::Service;

use std::fmt;

/// The cluster domain (rule D11).
pub const ZONE: &str = "cluster.local";

/// A type of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// An address.
    A,
    /// An IPv6 address; no Service of the lab has one.
    Aaaa,
    /// Another name.
    Cname,
    /// A port and the name that serves it.
    Srv,
    /// The name of an address.
    Ptr,
    /// A text.
    Txt,
}

impl Type {
    /// The type's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Type::A => "A",
            Type::Aaaa => "AAAA",
            Type::Cname => "CNAME",
            Type::Srv => "SRV",
            Type::Ptr => "PTR",
            Type::Txt => "TXT",
        }
    }

    /// The type of this name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Type> {
        let all = [Type::A, Type::Aaaa, Type::Cname, Type::Srv, Type::Ptr, Type::Txt];
        all.into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// The full name, without the dot at its end.
    pub name: String,
    /// The type.
    pub kind: Type,
    /// The data as `dig` prints it, names without the dot at their end.
    pub data: String,
    /// The namespace and name of the Service it comes from.
    pub service: (String, String),
    /// The Pod it leads to, if it is about one.
    pub pod: Option<String>,
    /// Whether the specification of Kubernetes' DNS promises it; `CoreDNS` answers more (rule D14).
    pub promised: bool,
}

/// What a server answers to one full name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Records.
    Answer(Vec<Record>),
    /// The name exists, but not with this type (`NOERROR` without records).
    NoData,
    /// There is no such name.
    NxDomain,
    /// The name is outside the cluster: the server asks others, which the lab does not have.
    Forwarded,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Answer(_) => "answered",
            Outcome::NoData => "NODATA",
            Outcome::NxDomain => "NXDOMAIN",
            Outcome::Forwarded => "forwarded",
        })
    }
}

/// `10.9.0.21` as the first label of a name: `10-9-0-21`.
#[must_use]
pub fn dashed(address: &str) -> String {
    address.replace(['.', ':'], "-")
}

/// The name under which PTR records of an IPv4 address are found.
#[must_use]
pub fn reverse(address: &str) -> String {
    let parts: Vec<&str> = address.rsplit('.').collect();
    format!("{}.in-addr.arpa", parts.join("."))
}
