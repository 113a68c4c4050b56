//! The profiles that come with the program, in `profiles/`. They are plain files there; this is the table that carries
//! them in the binary.

use super::Profile;

/// A profile that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// What it is like, in a line: the first line of the file.
    pub about: &'static str,
    /// The whole text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal: $about:literal,)*) => {
        /// All of them.
        pub const ALL: &[Shipped] = &[$(Shipped {
            name: $name,
            about: $about,
            text: include_str!(concat!("../../../profiles/", $name, ".yaml")),
        }),*];
    };
}

shipped! {
    "default": "The cluster every lab begins with: three nodes in three zones, and volumes that are directories of a node.",
    "aws": "Amazon EKS: three nodes in three availability zones, EBS volumes that are tied to their zone, EFS for all.",
    "gcp": "Google GKE: three nodes in three zones, Persistent Disks that are tied to their zone, Filestore for all.",
    "azure": "Azure AKS: three nodes in three zones, managed disks that are tied to their zone, Azure Files for all.",
    "minikube": "minikube: one node, and one class whose volumes are directories on it.",
    "bare-metal": "Own machines: a control plane and three workers without zones, local disks, and an NFS server.",
}

/// The profile of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.name == name)
}

impl Shipped {
    /// What it says.
    pub fn profile(&self) -> Result<Profile, String> {
        Profile::parse(self.text)
    }
}
