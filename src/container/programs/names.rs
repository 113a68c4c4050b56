//! Commands that ask the cluster's DNS, as it answers this Pod.

use super::Call;
use crate::container::resolver::{NAME_SERVER, addresses, ask};
use crate::dns::{Answer, Outcome, Record, Type};

/// What `dig` calls an outcome.
fn code(answer: &Answer) -> &'static str {
    let exists = answer.tried.iter().any(|tried| matches!(tried.outcome, Outcome::Answer(_) | Outcome::NoData));
    if exists { "NOERROR" } else { "NXDOMAIN" }
}

/// Why there is no answer, or none of the type that was asked for, in the lab's words.
fn reason(answer: &Answer) -> Option<String> {
    let found = answer.records().iter().any(|record| record.kind == answer.kind);
    let why = answer.reason();
    (!found && !why.is_empty()).then(|| format!("sts-lab: {why}\n"))
}

pub(super) fn nslookup(call: &mut Call<'_, '_, '_>) -> i32 {
    let wanted = call.args.iter().find_map(|word| word.strip_prefix("-type=").or_else(|| word.strip_prefix("-q=")));
    let kind = wanted.and_then(Type::parse);
    let names: Vec<&String> = call.args.iter().filter(|word| !word.starts_with('-')).collect();
    let Some(name) = names.first() else { return call.fail("interactive mode is not modelled: name a host") };
    let around = call.shell.world.around();
    let answer = ask(call.shell.inside(), around, name, kind, false);
    let mut text = format!("Server:\t\t{NAME_SERVER}\nAddress:\t{NAME_SERVER}#53\n\n");
    let records = answer.records();
    for record in records {
        match record.kind {
            Type::A | Type::Aaaa => text.push_str(&format!("Name:\t{}\nAddress: {}\n", record.name, record.data)),
            Type::Ptr => text.push_str(&format!("{}\tname = {}.\n", record.name, record.data)),
            Type::Cname => text.push_str(&format!("{}\tcanonical name = {}.\n", record.name, record.data)),
            Type::Srv => text.push_str(&format!("{}\tservice = {}.\n", record.name, record.data)),
            Type::Txt => text.push_str(&format!("{}\ttext = {}\n", record.name, record.data)),
        }
    }
    if records.is_empty() && code(&answer) == "NOERROR" {
        text.push_str(&format!("*** Can't find {name}: No answer\n"));
    } else if records.is_empty() {
        text.push_str(&format!("** server can't find {name}: NXDOMAIN\n"));
    }
    let failed = i32::from(records.is_empty());
    let why = reason(&answer);
    call.out.print(text + "\n");
    call.out.error(why.unwrap_or_default());
    failed
}

/// `dig [@SERVER] [+short] [+search] NAME [TYPE]`: without `+search`, names are asked for as they stand.
pub(super) fn dig(call: &mut Call<'_, '_, '_>) -> i32 {
    let flag = |name: &str| call.args.iter().any(|word| word == name);
    let (short, search, reverse) = (flag("+short"), flag("+search"), flag("-x"));
    let words: Vec<&String> = call.args.iter().filter(|word| !word.starts_with(['+', '-', '@'])).collect();
    let kind = words.iter().find_map(|word| Type::parse(word));
    let Some(name) = words.iter().find(|word| Type::parse(word).is_none()) else { return call.fail("name a host") };
    let absolute = if search || reverse || name.ends_with('.') { (*name).clone() } else { format!("{name}.") };
    let kind = kind.or((!reverse).then_some(Type::A));
    let around = call.shell.world.around();
    let answer = ask(call.shell.inside(), around, &absolute, kind, false);
    let asked = answer.tried.last().map_or(String::new(), |tried| tried.name.clone());
    let dot = |kind: Type| if matches!(kind, Type::Cname | Type::Srv | Type::Ptr) { "." } else { "" };
    let mut text = String::new();
    if !short {
        let count = answer.records().len();
        text.push_str(&format!(
            ";; ->>HEADER<<- opcode: QUERY, status: {}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {count}\n\n\
             ;; QUESTION SECTION:\n;{asked}.\t\tIN\t{}\n\n",
            code(&answer),
            answer.kind.name()
        ));
        text.push_str(if count > 0 { ";; ANSWER SECTION:\n" } else { "" });
    }
    for record in answer.records() {
        let data = format!("{}{}", record.data, dot(record.kind));
        let line = format!("{}.\t30\tIN\t{}\t{data}\n", record.name, record.kind.name());
        text.push_str(&if short { data + "\n" } else { line });
    }
    if !short {
        text.push_str(&format!("\n;; SERVER: {NAME_SERVER}#53({NAME_SERVER})\n"));
    }
    let why = reason(&answer).filter(|_| !short);
    call.out.print(text);
    call.out.error(why.unwrap_or_default());
    0
}

pub(super) fn host(call: &mut Call<'_, '_, '_>) -> i32 {
    let Some(name) = call.args.iter().find(|word| !word.starts_with('-')) else { return call.fail("name a host") };
    let around = call.shell.world.around();
    let answer = ask(call.shell.inside(), around, name, None, false);
    if answer.records().is_empty() {
        let why = reason(&answer);
        call.out.print(format!("Host {name} not found: 3({})\n", code(&answer)));
        call.out.error(why.unwrap_or_default());
        return 1;
    }
    for record in answer.records() {
        let said = match record.kind {
            Type::A => format!("has address {}", record.data),
            Type::Cname => format!("is an alias for {}.", record.data),
            _ => format!("domain name pointer {}", record.data),
        };
        call.out.print(format!("{} {said}\n", record.name));
    }
    let why = reason(&answer);
    call.out.error(why.unwrap_or_default());
    0
}

/// `getent hosts NAME`: as the C library resolves, the hosts file first.
pub(super) fn getent(call: &mut Call<'_, '_, '_>) -> i32 {
    let [database, names @ ..] = call.args else { return call.fail("name a database") };
    if !["hosts", "ahosts", "ahostsv4"].contains(&database.as_str()) {
        return call.fail(&format!("Unknown database: {database} (the lab models hosts)"));
    }
    let mut code = 0;
    for name in names {
        let around = call.shell.world.around();
        let (found, answer) =
            (addresses(call.shell.inside(), around, name), ask(call.shell.inside(), around, name, None, true));
        // The name of the address comes first, then the aliases that led to it.
        let (aliases, own): (Vec<&Record>, Vec<_>) =
            answer.records().iter().partition(|record| record.kind == Type::Cname);
        let names = own.first().into_iter().chain(&aliases).map(|record| record.name.as_str());
        let names: Vec<&str> = names.collect();
        let full = if names.is_empty() { name.clone() } else { names.join(" ") };
        if found.is_empty() {
            code = 2;
            if let Some(why) = reason(&answer) {
                call.out.error(why);
            }
        }
        for address in found {
            call.out.print(format!("{address:<15} {full}\n"));
        }
    }
    code
}
