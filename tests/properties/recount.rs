//! What controllers keep up to date change by change, found once more by looking at everything: endpoints and volumes.

use std::collections::BTreeMap;

use sts_lab::cluster::Cluster;
use sts_lab::resource::Kind;
use sts_lab::resource::meta::Text;
use sts_lab::resource::model::{ClaimPhase, Endpoint, VolumePhase};
use sts_lab::store::Store;

/// A world at rest.
pub fn check(cluster: &Cluster) {
    check_endpoints(&cluster.api.store);
    check_volumes(&cluster.api.store);
}

/// Behind each Service are the Pods that match, have an address and have not ended (rule D7), each once.
fn check_endpoints(store: &Store) {
    for service in store.all(Kind::Service) {
        let json = service.to_json();
        let publish = json["spec"]["publishNotReadyAddresses"] == true;
        let selector = json["spec"]["selector"].as_object().cloned().unwrap_or_default();
        let matches = |labels: &sts_lab::resource::meta::Labels| {
            selector.iter().all(|(key, value)| labels.get(key) == value.as_str())
        };
        let mut expected: BTreeMap<Text, (String, bool, bool, bool, Option<Text>)> = BTreeMap::new();
        for object in store.in_namespace(Kind::Pod, &service.meta.namespace).filter(|o| matches(&o.meta.labels)) {
            let Some(pod) = object.pod().filter(|pod| !pod.status.phase.is_terminal()) else { continue };
            let Some(ip) = pod.status.pod_ip else { continue };
            let (serving, going) = (pod.status.is_ready(), object.meta.terminating());
            let hostname = pod.hostname.clone().filter(|_| pod.subdomain.as_ref() == Some(&service.meta.name));
            let row = (ip.to_string(), publish || serving && !going, serving, going, hostname);
            expected.insert(object.meta.name.clone(), row);
        }
        let mut listed = BTreeMap::new();
        let mut slices = 0;
        for key in store.dependents(service.meta.uid).into_iter().filter(|key| key.kind == Kind::EndpointSlice) {
            let slice = store.get(key.kind, &key.namespace, &key.name).and_then(|o| o.endpoint_slice());
            let Some(slice) = slice else { continue };
            slices += 1;
            for endpoint in &slice.endpoints {
                let Endpoint { address, ready, serving, terminating, hostname, pod, .. } = &**endpoint;
                let name = pod.as_ref().map(|(_, name, _)| name.clone()).unwrap_or_default();
                let row = (address.to_string(), *ready, *serving, *terminating, hostname.clone());
                assert!(listed.insert(name.clone(), row).is_none(), "{name} is listed twice");
            }
        }
        assert_eq!(listed, expected, "endpoints of {}", service.meta.name);
        assert!(slices > 0 || service.meta.terminating(), "{} has no slice", service.meta.name);
    }
}

/// Each Bound claim has one volume, which says that it is bound to the claim, and the other way round.
fn check_volumes(store: &Store) {
    for claim in store.all(Kind::PersistentVolumeClaim) {
        let Some(body) = claim.claim() else { continue };
        if body.status.phase != ClaimPhase::Bound {
            assert!(body.status.capacity.is_none(), "{} has a size, and no volume", claim.meta.name);
            continue;
        }
        let name = body.volume.clone().unwrap_or_default();
        let Some(volume) = store.get(Kind::PersistentVolume, "", &name).and_then(|v| v.volume()) else {
            panic!("{} is bound to {name}, which is gone", claim.meta.name)
        };
        assert_eq!(volume.phase, VolumePhase::Bound, "{name} of {}", claim.meta.name);
        assert_eq!(volume.claim.as_ref().and_then(|r| r.uid), Some(claim.meta.uid), "{name} of {}", claim.meta.name);
    }
    for object in store.all(Kind::PersistentVolume) {
        let Some(volume) = object.volume() else { continue };
        let claim = volume.claim.as_ref();
        let found = claim.and_then(|r| store.get(Kind::PersistentVolumeClaim, &r.namespace, &r.name));
        let found = found.filter(|c| claim.and_then(|r| r.uid) == Some(c.meta.uid));
        if volume.phase == VolumePhase::Bound {
            let back = found.and_then(|c| c.claim()).and_then(|c| c.volume.clone());
            assert_eq!(back.as_ref(), Some(&object.meta.name), "{} is bound to nothing", object.meta.name);
        } else if matches!(volume.phase, VolumePhase::Released | VolumePhase::Failed) {
            assert!(found.is_none(), "{} was released while its claim is there", object.meta.name);
        }
    }
}
