//! A new exercise to begin from: small, complete, and green in `exercise lint`.

/// The text of a new exercise.
#[must_use]
pub fn exercise(name: &str) -> String {
    TEXT.replace("NAME", name)
}

/// The text of its hidden checks.
#[must_use]
pub fn hidden() -> &'static str {
    HIDDEN
}

const HIDDEN: &str = "\
# Checks that students do not have. Keep this file out of what you hand out.
format: 1
kind: Hidden
checks:
  - name: no Pod was deleted by hand
    typed: {lacks: 'delete pods?\\b'}
    points: 1
    otherwise: |
      Pods were deleted by hand. The controller makes room by itself when
      the number of replicas changes.
";

const TEXT: &str = "\
# An exercise for sts-lab. lessons/README.md of the project describes every field;
# `sts-lab exercise lint .` says whether this one keeps what it promises.
format: 1
kind: Exercise
name: NAME
title: One replica more
level: beginner
minutes: 10
summary: Change the number of replicas and see which Pods come.
covers: []
sources: [S41]                          # where the facts come from
# Each student gets one value of each; ${set} and ${count} are replaced everywhere.
variants: {set: [web, shop, cart], count: [4, 5]}
files:
  set.yaml: |
    apiVersion: v1
    kind: Service
    metadata: {name: ${set}}
    spec:
      clusterIP: None
      selector: {app: ${set}}
      ports: [{port: 80}]
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: ${set}}
    spec:
      serviceName: ${set}
      replicas: 3
      selector:
        matchLabels: {app: ${set}}
      template:
        metadata:
          labels: {app: ${set}}
        spec:
          containers:
          - {name: web, image: nginx}
setup: [kubectl apply -f set.yaml]
task: |
  The StatefulSet `${set}` runs with 3 replicas. Make it **${count}**,
  without stopping any Pod that runs.
limits: {commands: 20}
forbid:
  - matches: 'delete (sts|statefulsets?)\\b'
    because: The set was to be changed, not made anew.
checks:
  - name: ${count} Pods are Ready
    object: {kind: StatefulSet, metadata: {name: ${set}}, status: {readyReplicas: ${count}}}
    points: 3
    otherwise: |
      The set does not have ${count} Pods that are Ready. Look at
      `kubectl get sts ${set}`, and give the Pods time.
  - name: the Pods that ran still run
    never: ['${set}-* deleted']
    points: 2
    otherwise: |
      A Pod was stopped on the way. Adding a replica stops none.
hidden: 1                               # how many checks hidden.yaml has
hints:
  - Which verb of kubectl changes a number of replicas?
  - kubectl scale sts ${set} --replicas=…
solution:
  - kubectl scale sts ${set} --replicas=${count}
partial:
  - run: [kubectl scale sts ${set} --replicas=2, kubectl scale sts ${set} --replicas=${count}]
    points: 4                           # hidden checks count here too
wrong:
  - run: [kubectl scale sts ${set} --replicas=2]
    says: does not have ${count} Pods
    fails: ['${count} Pods are Ready']
  - run: [kubectl delete pod ${set}-0, kubectl scale sts ${set} --replicas=${count}]
    says: A Pod was stopped
    fails: [the Pods that ran still run]
  - run: [kubectl delete sts ${set}]
    says: changed, not made anew
    fails: ['${count} Pods are Ready']
";
