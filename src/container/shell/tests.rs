//! Scripts and what they print.

use serde_json::json;

use super::super::inside::{Around, Inside};
use super::super::streams::{Input, Output};
use super::{Shell, World};
use crate::cluster::Cluster;
use crate::cluster::disk::{Change, DiskId};
use crate::cluster::testing;

struct Bench {
    cluster: Cluster,
    inside: Inside,
}

impl World for Bench {
    fn around(&self) -> Around<'_> {
        Around::of(&self.cluster)
    }

    fn write(&mut self, id: DiskId, change: Change) {
        self.cluster.disks.write(&id, &change, self.cluster.now);
    }

    fn pass(&mut self, time: std::time::Duration) -> bool {
        self.cluster.run_until(self.cluster.now + time);
        self.inside.still_runs(&self.cluster.api.store)
    }

    fn patience(&self) -> u32 {
        1000
    }
}

fn bench() -> Bench {
    let mut world = testing::World::new();
    let container = json!({"name": "main", "image": "busybox", "env": [{"name": "COLOR", "value": "blue"}],
        "volumeMounts": [{"name": "work", "mountPath": "/data"}]});
    let spec = json!({"containers": [container], "volumes": [{"name": "work", "emptyDir": {"sizeLimit": "1Ki", "medium": "Memory"}}]});
    world.pod("db-0", &json!({}), spec);
    world.settle();
    let inside = Inside::running(Around::of(&world.cluster), "default", "db-0", "main").expect("it runs");
    Bench { cluster: world.cluster, inside }
}

/// A script, what it prints on both outputs, and its exit code.
#[track_caller]
fn check(script: &str, printed: &str, code: i32) {
    let mut bench = bench();
    let inside = bench.inside.clone();
    let mut out = Output::default();
    let mut shell = Shell::new(&mut bench, inside);
    let own = shell.script(script, &mut Input::text("first line\nsecond\n"), &mut out);
    let text: String = out.chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    assert_eq!((text.as_str(), own), (printed, code), "{script}");
}

#[test]
fn words_and_quotes() {
    check("echo a  'b  c' \"d  $COLOR\" e\\ f $COLOR'x'", "a b  c d  blue e f bluex\n", 0);
    check("x='a  b'; echo $x \"$x\" '$x'", "a b a  b $x\n", 0);
    check("echo ${NONE:-none} ${COLOR:+set} ${#COLOR} ${COLOR%e} ${COLOR/b/B}", "none set 4 blu Blue\n", 0);
    check("echo $((2 + 3 * 4)) $(echo in $(echo deep)) `echo back`", "14 in deep back\n", 0);
    check("set -- a 'b c'; for w in \"$@\"; do echo [$w]; done; echo $# $1", "[a]\n[b c]\n2 a\n", 0);
    check("echo # no\necho \"#\" yes", "\n# yes\n", 0);
    check("echo $EMPTY x", "x\n", 0);
}

#[test]
fn lists_and_codes() {
    check("true && echo yes || echo no; false && echo never; echo $?", "yes\n1\n", 0);
    check("! true; echo $?; exit 7; echo never", "1\n", 7);
    check("set -e; false || true; echo on; false; echo never", "on\n", 1);
    check("(cd /data; x=1; pwd); pwd; echo ${x:-unset}", "/data\n/\nunset\n", 0);
    check("nothing-like-it", &super::super::programs::refusal("nothing-like-it"), 127);
    check("echo 'open", "sh: syntax error: unexpected end of file\n", 2);
    check("fi", "sh: syntax error: unexpected \"fi\"\n", 2);
}

#[test]
fn control() {
    check("if [ -d /data ]; then echo dir; elif true; then echo no; else echo never; fi", "dir\n", 0);
    check("if [ a = b ]; then :; else echo other; fi", "other\n", 0);
    check("for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i -eq 4 ] && break; echo $i; done", "1\n3\n", 0);
    check("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3\n", 0);
    check("case $COLOR in red|green) echo no;; b*) echo begins;; *) echo never;; esac", "begins\n", 0);
    check("[[ db-12 =~ -([0-9]+)$ ]] && echo ${BASH_REMATCH[1]}; [[ x != y && -n z ]] && echo both", "12\nboth\n", 0);
    check(
        "i=3; if [[ $i -eq 0 ]]; then echo no; elif [[ $i == 3 ]]; then echo three; fi; ([[ -z x ]]); echo $?",
        "three\n1\n",
        0,
    );
    check("while true; do :; done; echo never", "", 137);
    check("while read line; do echo got $line; done", "got first line\ngot second\n", 0);
}

#[test]
fn streams() {
    check("echo a > /data/f; echo b >> /data/f; cat /data/f; wc -l < /data/f", "a\nb\n2\n", 0);
    check("echo gone > /dev/null; ls /none 2>/dev/null; echo $?", "2\n", 0);
    check("ls /none 2>&1 | wc -l", "1\n", 0);
    check("cat | head -1 | tr a-z A-Z", "FIRST LINE\n", 0);
    check("{ echo one; echo two; } > /data/f; cat /data/f | sort -r", "two\none\n", 0);
    check("cat <<END\n$COLOR\nEND\ncat <<'END'\n$COLOR\nEND", "blue\n$COLOR\n", 0);
    check("echo x > /none/f", "sh: /none/f: No such file or directory\n", 1);
    check("echo one > /data/f; echo two > /data/f; cat /data/f", "two\n", 0);
    check("sleep 2 & echo beside; wait", "beside\n", 0);
}

#[test]
fn files() {
    check("cd /data && mkdir -p a/b && touch a/b/c && echo x > d && ls -R; ls a d", "a\nd\nd\n\na:\nb\n", 0);
    check(
        "cd /data; echo x > one; cp one two; mv two three; ls; rm one; ls *; rm -rf /data/*; ls",
        "one\nthree\nthree\n",
        0,
    );
    check("rm /data", "rm: /data: Is a directory\n", 1);
    check("rm -r /data", "rm: /data: Device or resource busy\n", 1);
    check("touch /data/f; mkdir /data/f", "mkdir: /data/f: File exists\n", 1);
    check("cat /data", "cat: /data: Is a directory\n", 1);
    check(
        "dd if=/dev/zero of=/data/big bs=1k count=2 2>&1 | head -1; echo more > /data/more",
        "dd: error writing '/data/big': No space left on device\nsh: write error: No space left on device\n",
        1,
    );
    check("df /data | tail -1", "tmpfs                  1    0         1   0% /data\n", 0);
    check(
        "echo page > /etc/hostname; cat /etc/hostname; cat /etc/nothing",
        "page\ncat: /etc/nothing: No such file or directory (the lab knows no files of images)\n",
        1,
    );
}

#[test]
fn about_itself() {
    check("hostname; hostname -f; whoami; id -u; echo $HOSTNAME", "db-0\ndb-0\nroot\n0\ndb-0\n", 0);
    check(
        "env | grep COLOR; export NEW=1; env | grep NEW; X=2 sh -c 'echo $X'; echo ${X:-none}",
        "COLOR=blue\nNEW=1\n2\nnone\n",
        0,
    );
    check("date +%Y; a=$(date +%s); sleep 90; b=$(date +%s); echo $((b - a))", "2026\n90\n", 0);
    check("printf '%s=%03d\\n' a 7 b 8; seq 2 4 | awk '{print $1}' | cut -c1", "a=007\nb=008\n2\n3\n4\n", 0);
    check("command -v curl; command -v mysql; echo $?", "/usr/bin/curl\n1\n", 0);
}

#[test]
fn sed_changes_lines() {
    let two = "printf 'one 1\\ntwo 2\\nthree 3\\n' | ";
    let run = |sed: &str, printed: &str| check(&format!("{two}sed {sed}"), printed, 0);
    run("'s/o/0/'", "0ne 1\ntw0 2\nthree 3\n");
    run("'s/e/E/g;1d'", "two 2\nthrEE 3\n");
    run("-n 2p", "two 2\n");
    run("-n '2,$p'", "two 2\nthree 3\n");
    run("-n '/two/,/three/p'", "two 2\nthree 3\n");
    run("'/two/!d'", "two 2\n");
    run(r"'s/\([a-z]*\) \([0-9]\)/\2:\1/'", "1:one\n2:two\n3:three\n");
    run("-E 's#^(.).* #&|\\1#'", "one |o1\ntwo |t2\nthree |t3\n");
    run("'2i new'", "one 1\nnew\ntwo 2\nthree 3\n");
    run("2q", "one 1\ntwo 2\n");
    check("echo a > /tmp/f; sed -i s/a/b/ /tmp/f; cat /tmp/f", "b\n", 0);
    check("sed 'k' /dev/null", "sed: -e expression: the lab's sed has no command `k`\n", 1);
}
