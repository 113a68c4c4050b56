//! Scripts: lines of a plain file, or the shell blocks of a Markdown page, such as a tutorial, with what it prints told
//! apart from what is typed. Nothing is run here.

use crate::container::prompt_of;
use crate::manifest::shipped::{self, Shipped};

/// Words of a fence that say that a block is for a shell.
const SHELLS: &[&str] = &["shell", "bash", "sh", "zsh", "console", "shell-session", "terminal"];

/// A command of a script: one line, or as many as it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The number of its first line, from 1.
    pub line: usize,
    /// The text, with continued lines joined.
    pub text: String,
}

/// Whether a text is a Markdown page: its name says so, or it has a block for a shell.
#[must_use]
pub fn is_markdown(name: &str, text: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    matches!(ending.as_str(), "md" | "markdown") || text.lines().any(|line| opening(line).is_some_and(|f| f.shell))
}

/// The commands of a script.
#[must_use]
pub fn read(text: &str, markdown: bool) -> Vec<Item> {
    let lines: Vec<(usize, &str)> = text.lines().enumerate().map(|(index, line)| (index + 1, line)).collect();
    let mut items = Vec::new();
    if markdown {
        for block in blocks(&lines) {
            commands(&block, &mut items);
        }
    } else {
        commands(&lines, &mut items);
    }
    conversations(items)
}

/// The opening line of a block.
struct Fence {
    mark: char,
    length: usize,
    indent: usize,
    shell: bool,
}

fn opening(line: &str) -> Option<Fence> {
    let code = line.trim_start();
    let mark = code.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = code.len() - code.trim_start_matches(mark).len();
    let language = code[length..].trim().split([' ', '{', ',']).next().unwrap_or_default().to_lowercase();
    let shell = SHELLS.contains(&language.as_str());
    (length >= 3 && !code[length..].contains('`')).then_some(Fence {
        mark,
        length,
        indent: line.len() - code.len(),
        shell,
    })
}

/// The lines of each block that is for a shell.
fn blocks<'t>(lines: &[(usize, &'t str)]) -> Vec<Vec<(usize, &'t str)>> {
    let mut found = Vec::new();
    let mut rest = lines.iter();
    while let Some((_, line)) = rest.next() {
        let Some(fence) = opening(line) else { continue };
        let ends = |line: &str| {
            let line = line.trim();
            line.len() >= fence.length && line.chars().all(|c| c == fence.mark)
        };
        let mut block = Vec::new();
        for (number, line) in rest.by_ref() {
            if ends(line) {
                break;
            }
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            block.push((*number, &line[indent.min(fence.indent)..]));
        }
        if fence.shell {
            found.push(block);
        }
    }
    found
}

/// The commands of a block. If some lines have a prompt, the others are what was printed.
fn commands(lines: &[(usize, &str)], items: &mut Vec<Item>) {
    let prompts = lines.iter().any(|(_, line)| prompted(line.trim_start()).is_some());
    let mut rest = lines.iter().peekable();
    while let Some((number, line)) = rest.next() {
        let begun = if prompts { prompted(line.trim_start()) } else { Some(*line) };
        let Some(begun) = begun.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) else {
            continue;
        };
        let mut text = begun.to_string();
        while continues(&text) || (prompt_of(&text) && placeholder(&text).is_none_or(|_| text.contains("<<"))) {
            let Some((_, next)) = rest.next_if(|(_, next)| !prompts || prompted(next.trim_start()).is_none()) else {
                break;
            };
            let next = if prompts { next.strip_prefix("> ").unwrap_or(next) } else { next };
            if continues(&text) && !text.contains("<<") {
                text.truncate(text.trim_end_matches('\\').trim_end().len());
                text = format!("{text} {}", next.trim_start());
            } else {
                text = format!("{text}\n{next}");
            }
        }
        items.push(Item { line: *number, text: text.trim().to_string() });
    }
}

/// What stands behind a prompt.
fn prompted(line: &str) -> Option<&str> {
    line.strip_prefix("$ ").or_else(|| line.strip_prefix("% ")).map(str::trim_start)
}

fn continues(text: &str) -> bool {
    text.ends_with('\\') && !text.ends_with("\\\\")
}

/// A shell that is opened in a container gets the lines that follow, up to `exit` or the next command for the cluster: as
/// if they were typed there.
fn conversations(items: Vec<Item>) -> Vec<Item> {
    let of_cluster = |text: &str| {
        let text = text.strip_prefix("! ").unwrap_or(text);
        text.split_whitespace().next().is_some_and(|word| matches!(word, "kubectl" | "sts-lab"))
    };
    let mut out: Vec<Item> = Vec::new();
    let mut rest = items.into_iter().peekable();
    while let Some(mut item) = rest.next() {
        if opens_shell(&item.text) {
            let mut said: Vec<String> = Vec::new();
            while let Some(next) = rest.next_if(|next| !of_cluster(&next.text)) {
                if next.text == "exit" {
                    break;
                }
                said.push(next.text);
            }
            item.text =
                format!("{} <<'exit'\n{}exit", item.text, said.iter().map(|l| format!("{l}\n")).collect::<String>());
        }
        out.push(item);
    }
    out
}

/// Whether a line opens a shell in a container for somebody to type in.
fn opens_shell(line: &str) -> bool {
    if line.contains(['|', '<', '\n']) || line.ends_with('&') {
        return false;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let dash = words.iter().position(|word| *word == "--");
    let (own, command) = words.split_at(dash.unwrap_or(words.len()));
    let joined = own.iter().any(|word| matches!(*word, "-it" | "-ti"));
    let given = |short: &str, long: &str| joined || own.contains(&short) || own.contains(&long);
    let interactive = given("-i", "--stdin") && given("-t", "--tty");
    let shell = command.len() == 2 && matches!(command[1].rsplit('/').next(), Some("sh" | "bash" | "ash"));
    let opens = match own.get(1) {
        Some(&"exec") => shell,
        Some(&"run") => shell || command.is_empty(),
        _ => false,
    };
    own.first() == Some(&"kubectl") && interactive && opens
}

/// A manifest that a line would fetch from the network: its address, and one that ships and shows the same.
#[must_use]
pub fn fetches(line: &str) -> Vec<(&str, Option<Like>)> {
    let mut words = line.split([' ', '\n', ',', '=', '"', '\'']).filter(|word| !word.is_empty());
    if !matches!(words.next(), Some("kubectl" | "sts-lab")) {
        return Vec::new();
    }
    let urls = words.filter(|word| word.starts_with("https://") || word.starts_with("http://"));
    let files = urls.filter(|url| [".yaml", ".yml", ".json"].iter().any(|ending| url.ends_with(ending)));
    files.map(|url| (url, like(url))).collect()
}

/// A manifest that shows what a tutorial's does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    /// The manifest that ships.
    pub name: &'static str,
    /// Its text; the tutorial's may differ in a field that is the point of it.
    pub text: String,
}

fn like(url: &str) -> Option<Like> {
    let file = url.rsplit('/').next().unwrap_or_default();
    let name = match file.rsplit_once('.').map_or(file, |(name, _)| name) {
        "web" => "web",
        "zookeeper" | "zookeeper-service" => "zookeeper",
        "cassandra-statefulset" | "cassandra-service" => "cassandra",
        "mysql-statefulset" | "mysql-services" | "mysql-configmap" => "mysql-replication",
        "mysql-deployment" | "mysql-pv" => "mysql-basic",
        other => other,
    };
    if name == "web-parallel" {
        let Shipped { name, text, .. } = shipped::find("web")?;
        let parallel =
            text.replace("  serviceName: nginx\n", "  serviceName: nginx\n  podManagementPolicy: Parallel\n");
        return Some(Like { name, text: parallel });
    }
    shipped::find(name).map(|Shipped { name, text, .. }| Like { name, text: (*text).to_string() })
}

/// A word that a page leaves for the reader to fill in: `<pod-name>`.
#[must_use]
pub fn placeholder(line: &str) -> Option<&str> {
    let start = line.find('<')?;
    let rest = &line[start..];
    let end = rest.find('>')?;
    let name = &rest[1..end];
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let letters = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(fits) && !name.ends_with(' ');
    letters.then_some(&rest[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, markdown: bool, expect: &[(usize, &str)]) {
        let items: Vec<(usize, String)> = read(text, markdown).into_iter().map(|item| (item.line, item.text)).collect();
        let expect: Vec<(usize, String)> = expect.iter().map(|(line, text)| (*line, (*text).to_string())).collect();
        assert_eq!(items, expect);
    }

    #[test]
    fn plain_lines() {
        check(
            "#!/bin/sh\n# web\n\nkubectl get pods\n! kubectl get pod a\n",
            false,
            &[(4, "kubectl get pods"), (5, "! kubectl get pod a")],
        );
        check(
            "kubectl get \\\n    pods\nfor i in 0 1; do\n  echo $i\ndone\necho\n",
            false,
            &[(1, "kubectl get pods"), (3, "for i in 0 1; do\n  echo $i\ndone"), (6, "echo")],
        );
        check("kubectl delete pod <name>\necho", false, &[(1, "kubectl delete pod <name>"), (2, "echo")]);
        check(
            "cat <<EOF | kubectl apply -f -\nkind: a\nEOF\necho 'a\nb'",
            false,
            &[(1, "cat <<EOF | kubectl apply -f -\nkind: a\nEOF"), (4, "echo 'a\nb'")],
        );
    }

    #[test]
    fn shell_blocks_of_a_page() {
        let page = "# A\n\n```shell\nkubectl get sts\n```\n\nThe output:\n\n```\nNAME\nweb\n```\n\n- step\n\n  ```console\n  \
                    $ kubectl get pods \\\n  >   -o name\n  pod/web-0\n  $ echo hi\n  hi\n  ```\n\n```yaml\nkind: Pod\n```\n";
        assert!(is_markdown("-", page) && is_markdown("A.md", "") && !is_markdown("a.sh", "kubectl get pods"));
        check(page, true, &[(4, "kubectl get sts"), (17, "kubectl get pods -o name"), (20, "echo hi")]);
    }

    #[test]
    fn what_is_typed_into_a_container_s_shell() {
        check(
            "kubectl exec -it web-0 -- sh\nhostname\nexit\nkubectl get pods\n",
            false,
            &[(1, "kubectl exec -it web-0 -- sh <<'exit'\nhostname\nexit"), (4, "kubectl get pods")],
        );
        assert!(opens_shell("kubectl run -i --tty --image busybox:1.28 dns-test --restart=Never --rm"));
        assert!(
            !opens_shell("kubectl exec -it web-0 -- sh -c hostname") && !opens_shell("kubectl exec -it web-0 -- ls")
        );
    }

    #[test]
    fn what_a_line_would_fetch() {
        let found =
            |line: &str| fetches(line).into_iter().map(|(_, like)| like.map(|like| like.name)).collect::<Vec<_>>();
        assert_eq!(found("kubectl apply -f https://k8s.io/examples/application/web/web.yaml"), [Some("web")]);
        assert_eq!(found("kubectl apply -f=https://k8s.io/examples/a/strange.yaml"), [None]);
        assert!(like("https://k8s.io/x/web-parallel.yaml").is_some_and(|like| like.text.contains("Policy: Parallel")));
        assert_eq!(found("kubectl exec web-0 -- curl http://localhost/"), []);
        assert_eq!(placeholder("kubectl delete pod <pod-name>"), Some("<pod-name>"));
        assert_eq!(placeholder("cat <<EOF >a"), None);
        assert_eq!(placeholder("cat < a > b"), None);
    }
}
