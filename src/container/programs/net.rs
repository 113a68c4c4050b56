//! Commands that connect: a web server whose files the lab knows answers with them; of others it is said who takes the
//! connection, and that their answer is not modelled.

use std::time::Duration;

use super::Call;
use crate::cluster::disk::Content;
use crate::container::network::{Failure, Page, Peer, connect};
use crate::resource::hash::mix;

/// How long a connection is tried that nobody answers, in seconds.
const PATIENCE: u64 = 130;

/// Host, port and path of a URL.
fn url(text: &str) -> Option<(String, i64, String)> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        "telnet" => 23,
        _ => return None,
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, usual),
    };
    (!host.is_empty()).then(|| (host.to_string(), port, path.to_string()))
}

impl Call<'_, '_, '_> {
    fn connect(&self, host: &str, port: i64) -> Result<Peer, Failure> {
        let around = self.shell.world.around();
        let turn = mix(around.now.0 as u64 ^ u64::from(self.shell.steps()) << 40);
        connect(self.shell.inside(), around, host, port, turn)
    }

    /// The lab's own words about what happened.
    fn remark(&mut self, why: &str) {
        self.out.error(if why.is_empty() { String::new() } else { format!("sts-lab: {why}\n") });
    }

    fn page(&mut self, peer: &Peer, path: &str) -> Option<Page> {
        let around = self.shell.world.around();
        let page = peer.page(around, path);
        if page.is_none() {
            let program = peer.program(around);
            self.remark(&format!("{} takes the connection; what {program} would answer is not modelled", peer.text()));
        }
        page
    }
}

/// What a command line of `curl` or `wget` says.
#[derive(Default)]
struct Options {
    letters: String,
    url: Option<String>,
    output: Option<String>,
    form: Option<String>,
    seconds: Option<f64>,
}

/// Options of `curl` with a value that changes nothing here.
const VALUED: &[&str] = &["-X", "-H", "-d", "-u", "-A", "-e", "--retry", "--request", "--header", "--data", "--user"];

fn options(call: &Call<'_, '_, '_>, output: &str) -> Options {
    let mut out = Options::default();
    let mut words = call.args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-m" | "--max-time" | "--connect-timeout" | "-T" => {
                out.seconds = words.next().and_then(|word| word.parse().ok());
            }
            "-w" | "--write-out" => out.form = words.next().map(|form| super::words::escaped(form)),
            word if VALUED.contains(&word) => {
                words.next();
            }
            word if word == output || word == "--output" => out.output = words.next().cloned(),
            "--silent" => out.letters.push('s'),
            "--fail" => out.letters.push('f'),
            "--head" => out.letters.push('I'),
            "--include" => out.letters.push('i'),
            "--spider" => out.letters.push('I'),
            word if word.starts_with("--") => {
                let number = word.split_once("timeout=").and_then(|(_, number)| number.parse().ok());
                out.seconds = number.or(out.seconds);
            }
            word if word.starts_with('-') && word.len() > 1 => {
                // `-sSo FILE`, `-qO-`: letters, and a value behind or in the next word.
                let (letters, value) = match word[1..].split_once(&output[1..]) {
                    Some((letters, "")) => (letters, words.next().cloned()),
                    Some((letters, value)) => (letters, Some(value.to_string())),
                    None => (&word[1..], None),
                };
                out.letters.push_str(letters);
                out.output = value.or(out.output);
            }
            word => out.url = Some(word.to_string()),
        }
    }
    out
}

pub(super) fn curl(call: &mut Call<'_, '_, '_>) -> i32 {
    let given = options(call, "-o");
    let quiet = given.letters.contains('s') && !given.letters.contains('S');
    let Some(text) = given.url.clone() else {
        call.out.error("curl: try 'curl --help' or 'curl --manual' for more information\n");
        return 2;
    };
    let Some((host, port, path)) = url(&text) else {
        return call.fail("(3) URL rejected") + 2;
    };
    let peer = match call.connect(&host, port) {
        Ok(peer) => peer,
        Err(failure) => return curl_failed(call, &given, quiet, &host, port, failure),
    };
    let page = call.page(&peer, &path);
    let code = page.as_ref().map_or(0, |page| page.code);
    if let Some(page) = &page {
        let failed = page.code >= 400 && given.letters.contains('f');
        if failed && !quiet {
            let why = format!("(22) The requested URL returned error: {}", page.code);
            call.fail(&why);
        }
        let head = given.letters.contains(['I', 'i']);
        let head = if head { head_of(page) } else { String::new() };
        let body = if given.letters.contains('I') || failed { "" } else { page.body.as_str() };
        let code = deliver(call, given.output.as_deref(), head + body);
        if code != 0 || failed {
            return if failed { 22 } else { code };
        }
    }
    if let Some(form) = given.form {
        let known = [("%{http_code}", format!("{code:03}")), ("%{remote_ip}", peer.address.clone())];
        let known = known.into_iter().chain([("%{remote_port}", peer.port.to_string())]);
        call.out.print(known.fold(form, |form, (name, value)| form.replace(name, &value)));
    }
    0
}

fn head_of(page: &Page) -> String {
    let (code, reason, length) = (page.code, page.reason, page.body.len());
    format!("HTTP/1.1 {code} {reason}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n")
}

/// Writes what was received where it belongs.
fn deliver(call: &mut Call<'_, '_, '_>, output: Option<&str>, text: String) -> i32 {
    match output {
        None | Some("-" | "/dev/stdout") => call.out.print(text),
        Some("/dev/null") => {}
        Some(file) => {
            if let Err(why) = call.shell.put(file, Content::Text(text)) {
                return call.fail(&format!("(23) {file}: {}", why.text())) + 22;
            }
        }
    }
    0
}

fn curl_failed(
    call: &mut Call<'_, '_, '_>,
    given: &Options,
    quiet: bool,
    host: &str,
    port: i64,
    failure: Failure,
) -> i32 {
    let (code, text, why) = match failure {
        Failure::Unresolved(why) => (6, format!("(6) Could not resolve host: {host}"), why),
        Failure::Refused(_, why) => {
            (7, format!("(7) Failed to connect to {host} port {port} after 0 ms: Connection refused"), why)
        }
        Failure::Silent(_, why) => {
            let seconds = wait(call, given.seconds);
            (
                28,
                format!("(28) Failed to connect to {host} port {port} after {seconds}000 ms: Timeout was reached"),
                why,
            )
        }
    };
    if !quiet {
        call.fail(&text);
    }
    if let Some(form) = &given.form {
        call.out.print(form.replace("%{http_code}", "000"));
    }
    call.remark(&why);
    code
}

/// Waits as long as a client does for an answer that does not come.
fn wait(call: &mut Call<'_, '_, '_>, seconds: Option<f64>) -> u64 {
    let seconds = seconds.map_or(PATIENCE, |seconds| seconds.clamp(0.0, 1e6) as u64);
    call.shell.pass(Duration::from_secs(seconds));
    call.out.now = call.shell.world.around().now;
    seconds
}

/// `wget`, as busybox has it.
pub(super) fn wget(call: &mut Call<'_, '_, '_>) -> i32 {
    let given = options(call, "-O");
    let Some((host, port, path)) = given.url.as_deref().and_then(url) else { return call.fail("bad URL") };
    let failure = match call.connect(&host, port) {
        Ok(peer) => {
            let Some(page) = call.page(&peer, &path) else { return 0 };
            if page.code >= 400 {
                return call.fail(&format!("server returned error: HTTP/1.1 {} {}", page.code, page.reason));
            }
            if given.letters.contains('I') {
                return 0;
            }
            let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
            return deliver(call, given.output.as_deref().or(Some(name)), page.body);
        }
        Err(failure) => failure,
    };
    let (text, why) = match failure {
        Failure::Unresolved(why) => (format!("bad address '{host}'"), why),
        Failure::Refused(ip, why) => (format!("can't connect to remote host ({ip}): Connection refused"), why),
        Failure::Silent(ip, why) => {
            wait(call, given.seconds);
            (format!("can't connect to remote host ({ip}): Operation timed out"), why)
        }
    };
    call.fail(&text);
    call.remark(&why);
    1
}

/// `nc -zv HOST PORT`.
pub(super) fn nc(call: &mut Call<'_, '_, '_>) -> i32 {
    let (seconds, rest) = call.with_value('w');
    let words: Vec<&String> = rest.iter().filter(|word| !word.starts_with('-')).collect();
    let [host, port] = words.as_slice() else { return call.fail("expected a host and a port") };
    let Ok(port) = port.parse() else { return call.fail(&format!("bad port '{port}'")) };
    match call.connect(host, port) {
        Ok(peer) => {
            let text = format!("{host} ({}:{port}) open\n", peer.address);
            call.out.error(text);
            0
        }
        Err(Failure::Unresolved(why)) => {
            call.fail(&format!("bad address '{host}'"));
            call.remark(&why);
            1
        }
        Err(Failure::Refused(ip, why)) => {
            call.fail(&format!("{host} ({ip}:{port}): Connection refused"));
            call.remark(&why);
            1
        }
        Err(Failure::Silent(ip, why)) => {
            wait(call, seconds.and_then(|text| text.parse().ok()));
            call.fail(&format!("{host} ({ip}:{port}): Operation timed out"));
            call.remark(&why);
            1
        }
    }
}

/// `ping -c N HOST`: a Pod that runs answers on any address of its own, a Service's address never does.
pub(super) fn ping(call: &mut Call<'_, '_, '_>) -> i32 {
    let (count, rest) = call.with_value('c');
    let count: u64 = count.and_then(|text| text.parse().ok()).unwrap_or(3).min(100);
    let Some(host) = rest.iter().find(|word| !word.starts_with('-')).cloned() else { return call.fail("name a host") };
    let around = call.shell.world.around();
    let found = crate::container::resolver::addresses(call.shell.inside(), around, &host);
    let Some(address) = found.first() else {
        return call.fail(&format!("bad address '{host}'"));
    };
    let alive = around.store.all(crate::resource::Kind::Pod).any(|object| {
        let ip = object.pod().and_then(|pod| pod.status.pod_ip);
        ip.is_some_and(|ip| ip.to_string() == *address)
    });
    let alive = alive || address == "127.0.0.1" || crate::container::external::is_node(around, address);
    call.out.print(format!("PING {host} ({address}): 56 data bytes\n"));
    for sequence in 0..count {
        if alive {
            call.out.print(format!("64 bytes from {address}: seq={sequence} ttl=63 time=0.1 ms\n"));
        }
        call.shell.pass(Duration::from_secs(1));
    }
    let (received, lost) = if alive { (count, 0) } else { (0, 100) };
    call.out.print(format!(
        "\n--- {host} ping statistics ---\n{count} packets transmitted, {received} packets received, {lost}% packet loss\n"
    ));
    i32::from(!alive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let parts = |host: &str, port, path: &str| Some((host.to_string(), port, path.to_string()));
        assert_eq!(url("web"), parts("web", 80, "/"));
        assert_eq!(url("http://web:8080/a/b"), parts("web", 8080, "/a/b"));
        assert_eq!(url("https://me@web/"), parts("web", 443, "/"));
        assert_eq!(url("ftp://web"), None);
    }
}
