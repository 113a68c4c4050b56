//! Commands about the container itself: who it is, what stands in its environment, what time it is.

use std::time::Duration;

use super::Call;

pub(super) fn nothing(_: &mut Call<'_, '_, '_>) -> i32 {
    0
}

pub(super) fn hostname(call: &mut Call<'_, '_, '_>) -> i32 {
    let inside = call.shell.inside();
    let full = inside.full_name().unwrap_or_else(|| inside.hostname().to_string());
    let text = match call.args.first().map(String::as_str) {
        None | Some("-s" | "--short") => inside.hostname().to_string(),
        Some("-f" | "--fqdn" | "--long") => full,
        Some("-d" | "--domain") => full.split_once('.').map_or("", |(_, domain)| domain).to_string(),
        Some("-i" | "-I" | "--ip-address" | "--all-ip-addresses") => inside.address(),
        Some(_) => return call.fail("you must be root to change the host name"),
    };
    call.out.print(text + "\n");
    0
}

/// `env`, or `env NAME=VALUE COMMAND`.
pub(super) fn env(call: &mut Call<'_, '_, '_>) -> i32 {
    let rest: Vec<String> = call.args.iter().skip_while(|word| word.contains('=')).cloned().collect();
    if !rest.is_empty() {
        let words: Vec<String> = call.args.to_vec();
        let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
        return call.shell.script(&quoted.join(" "), call.input, call.out);
    }
    let lines: String = call.shell.exported().map(|(name, value)| format!("{name}={value}\n")).collect();
    call.out.print(lines);
    0
}

/// A word as the shell reads it back; an assignment stays one.
fn quote(word: &str) -> String {
    let (name, value) = word.split_once('=').map_or(("", word), |(name, value)| (name, value));
    let equals = if word.contains('=') { "=" } else { "" };
    format!("{name}{equals}'{}'", value.replace('\'', "'\\''"))
}

pub(super) fn printenv(call: &mut Call<'_, '_, '_>) -> i32 {
    if call.args.is_empty() {
        return env(call);
    }
    let mut code = 0;
    for name in call.args {
        let value = call.shell.exported().find(|(own, _)| own == name).map(|(_, value)| value.to_string());
        match value {
            Some(value) => call.out.print(value + "\n"),
            None => code = 1,
        }
    }
    code
}

pub(super) fn pwd(call: &mut Call<'_, '_, '_>) -> i32 {
    call.out.print(format!("{}\n", call.shell.directory));
    0
}

/// The user and group that the manifest says; root if it says nothing, as images mostly do.
fn ids(call: &Call<'_, '_, '_>) -> (i64, i64) {
    let own = &call.shell.inside().spec["securityContext"];
    let of_pod = call.shell.inside().body().template.spec.get("securityContext");
    let number = |key: &str| own[key].as_i64().or_else(|| of_pod?.get(key)?.as_i64()).unwrap_or(0);
    (number("runAsUser"), number("runAsGroup"))
}

pub(super) fn id(call: &mut Call<'_, '_, '_>) -> i32 {
    let (user, group) = ids(call);
    let name = |id: i64| if id == 0 { "0(root)".to_string() } else { id.to_string() };
    let of_pod = call.shell.inside().body().template.spec.get("securityContext");
    let fs_group = of_pod.and_then(|context| context["fsGroup"].as_i64()).filter(|id| *id != group);
    let groups: String = [group].into_iter().chain(fs_group).map(name).collect::<Vec<_>>().join(",");
    let text = match call.args.first().map(String::as_str) {
        Some("-u") => user.to_string(),
        Some("-g") => group.to_string(),
        Some("-un") if user == 0 => "root".into(),
        _ => format!("uid={} gid={} groups={groups}", name(user), name(group)),
    };
    call.out.print(text + "\n");
    0
}

pub(super) fn whoami(call: &mut Call<'_, '_, '_>) -> i32 {
    match ids(call).0 {
        0 => {
            call.out.print("root\n");
            0
        }
        user => call.fail(&format!("unknown uid {user}")),
    }
}

pub(super) fn date(call: &mut Call<'_, '_, '_>) -> i32 {
    let now = call.shell.world.around().now;
    let format = call.args.iter().find_map(|word| word.strip_prefix('+'));
    let stamp = jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let iso = call.args.iter().any(|word| word.starts_with("-I"));
    let format = format.unwrap_or(if iso { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%a %b %e %H:%M:%S UTC %Y" });
    match jiff::fmt::strtime::format(format, &stamp.to_zoned(jiff::tz::TimeZone::UTC)) {
        Ok(text) => {
            call.out.print(text + "\n");
            0
        }
        Err(_) => call.fail(&format!("invalid format '{format}'")),
    }
}

/// `sleep 5`, `sleep 1m`, `sleep infinity`: virtual time passes.
pub(super) fn sleep(call: &mut Call<'_, '_, '_>) -> i32 {
    let mut seconds = 0.0;
    for word in call.args {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &word[digits.len()..] {
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => f64::NAN,
        };
        let number = if word == "infinity" || word == "inf" { 1e9 } else { digits.parse().unwrap_or(f64::NAN) * unit };
        if !(0.0..=1e9).contains(&number) {
            return call.fail(&format!("invalid time interval '{word}'"));
        }
        seconds += number;
    }
    if call.args.is_empty() {
        return call.fail("missing operand");
    }
    call.shell.pass(Duration::from_secs_f64(seconds.min(1e9)));
    call.out.now = call.shell.world.around().now;
    0
}

pub(super) fn uname(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, _) = call.options();
    let host = call.shell.inside().hostname();
    let text = match letters.as_str() {
        "n" => host.to_string(),
        "r" => "6.1.0".into(),
        "m" => "x86_64".into(),
        "a" => format!("Linux {host} 6.1.0 #1 SMP x86_64 Linux"),
        _ => "Linux".into(),
    };
    call.out.print(text + "\n");
    0
}

pub(super) fn nproc(call: &mut Call<'_, '_, '_>) -> i32 {
    call.out.print("16\n");
    0
}
