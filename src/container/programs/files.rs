//! Commands that list, make, copy and remove files.

use super::Call;
use crate::cluster::disk::Content;
use crate::container::files::{Entry, Errno, absolute};
use crate::resource::Time;

pub(super) fn ls(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, mut names) = call.options();
    if names.is_empty() {
        names.push(".".into());
    }
    names.sort();
    let (mut code, mut plain, mut folders) = (0, Vec::new(), Vec::new());
    for name in names {
        let path = call.shell.path(&name);
        let found = call.shell.entry(&path);
        match found {
            Ok(entry) if entry.is_directory() && !letters.contains('d') => folders.push(name),
            Ok(entry) => plain.push((name, entry)),
            Err(why) => code = call.fail(&format!("cannot access '{name}': {}", why.text())) + 1,
        }
    }
    show(call, &plain, &letters);
    let titles = folders.len() + plain.len() > 1;
    for (index, name) in folders.iter().enumerate() {
        if titles {
            let gap = if index > 0 || !plain.is_empty() { "\n" } else { "" };
            call.out.print(format!("{gap}{name}:\n"));
        }
        let path = call.shell.path(name);
        let mut inside = call.shell.list(&path).unwrap_or_default();
        inside.retain(|(name, _)| letters.contains(['a', 'A']) || !name.starts_with('.'));
        if letters.contains('a') {
            let dots = [(".", path.clone()), ("..", absolute(&path, ".."))];
            let dots = dots.map(|(dot, path)| Some((dot.to_string(), call.shell.entry(&path).ok()?)));
            inside.splice(0..0, dots.into_iter().flatten());
        }
        if letters.contains('l') {
            call.out.print(format!("total {}\n", inside.iter().map(|(_, entry)| blocks(entry)).sum::<u64>()));
        }
        show(call, &inside, &letters);
    }
    code
}

/// How many KiB an entry takes.
fn blocks(entry: &Entry) -> u64 {
    if entry.is_directory() { 4 } else { entry.content.size().div_ceil(4096) * 4 }
}

fn show(call: &mut Call<'_, '_, '_>, entries: &[(String, Entry)], letters: &str) {
    if !letters.contains('l') {
        return call.out.print(entries.iter().map(|(name, _)| format!("{name}\n")).collect::<String>());
    }
    let size = |entry: &Entry| {
        let bytes = if entry.is_directory() { 4096 } else { entry.content.size() };
        if letters.contains('h') { super::sizes::human(bytes) } else { bytes.to_string() }
    };
    let width = entries.iter().map(|(_, entry)| size(entry).len()).max().unwrap_or(0);
    for (name, entry) in entries {
        let (mode, links) = if entry.is_directory() { ("drwxr-xr-x", 2) } else { ("-rw-r--r--", 1) };
        let day = day(entry.modified);
        call.out.print(format!("{mode} {links} root root {:>width$} {day} {name}\n", size(entry)));
    }
}

/// `Jan  1 00:00`.
fn day(time: Time) -> String {
    let text = time.rfc1123();
    let (number, month, clock) = (&text[5..7], &text[8..11], &text[17..22]);
    format!("{month} {:>2} {clock}", number.trim_start_matches('0'))
}

pub(super) fn touch(call: &mut Call<'_, '_, '_>) -> i32 {
    each(call, |call, name| {
        let path = call.shell.path(name);
        let found = call.shell.entry(&path);
        match found.map(|entry| entry.content) {
            Ok(Content::Directory) => Ok(()),
            Ok(content) => call.shell.put(name, content),
            Err(_) => call.shell.put(name, Content::Text(String::new())),
        }
    })
}

pub(super) fn mkdir(call: &mut Call<'_, '_, '_>) -> i32 {
    let parents = call.options().0.contains('p');
    each(call, |call, name| {
        if !parents {
            return call.shell.put(name, Content::Directory);
        }
        let path = call.shell.path(name);
        for (at, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
            let found = call.shell.entry(&path[..at]);
            match found {
                Ok(entry) if entry.is_directory() => {}
                Ok(_) => return Err(Errno::Exists),
                Err(_) => call.shell.put(&path[..at], Content::Directory)?,
            }
        }
        Ok(())
    })
}

pub(super) fn rmdir(call: &mut Call<'_, '_, '_>) -> i32 {
    each(call, |call, name| {
        let path = call.shell.path(name);
        if !call.shell.list(&path)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        call.shell.remove(name)
    })
}

pub(super) fn rm(call: &mut Call<'_, '_, '_>) -> i32 {
    let letters = call.options().0;
    let (force, deep) = (letters.contains('f'), letters.contains(['r', 'R']));
    each(call, |call, name| {
        let path = call.shell.path(name);
        let found = call.shell.entry(&path);
        match found {
            Err(Errno::Missing | Errno::OfImage) if force => Ok(()),
            Err(why) => Err(why),
            Ok(entry) if entry.is_directory() && !deep => Err(Errno::IsDirectory),
            Ok(_) => call.shell.remove(name),
        }
    })
}

/// `chmod MODE FILE`, `chown OWNER FILE`: files have no modes and owners here; they only have to be there.
pub(super) fn chmod(call: &mut Call<'_, '_, '_>) -> i32 {
    let names: Vec<String> = call.args.iter().skip_while(|word| word.starts_with('-')).skip(1).cloned().collect();
    if names.is_empty() {
        return call.fail("missing operand");
    }
    let mut code = 0;
    for name in names {
        let path = call.shell.path(&name);
        if let Err(why) = call.shell.entry(&path) {
            code = call.fail(&format!("cannot access '{name}': {}", why.text()));
        }
    }
    code
}

/// Does something with each of the words.
fn each(call: &mut Call<'_, '_, '_>, mut act: impl FnMut(&mut Call<'_, '_, '_>, &str) -> Result<(), Errno>) -> i32 {
    let names = call.options().1;
    if names.is_empty() {
        return call.fail("missing operand");
    }
    let mut code = 0;
    for name in names {
        if let Err(why) = act(call, &name) {
            code = call.fail_at(&name, why);
        }
    }
    code
}

pub(super) fn cp(call: &mut Call<'_, '_, '_>) -> i32 {
    let deep = call.options().0.contains(['r', 'R', 'a']);
    transfer(call, |call, from, to| {
        let path = call.shell.path(from);
        if !deep && call.shell.entry(&path)?.is_directory() {
            return Err(Errno::IsDirectory);
        }
        copy(call, &path, to, 0)
    })
}

pub(super) fn mv(call: &mut Call<'_, '_, '_>) -> i32 {
    transfer(call, |call, from, to| {
        let path = call.shell.path(from);
        // What cannot be taken away is not copied either.
        call.shell.check_remove(&path)?;
        copy(call, &path, to, 0)?;
        call.shell.remove(from)
    })
}

fn copy(call: &mut Call<'_, '_, '_>, from: &str, to: &str, depth: u32) -> Result<(), Errno> {
    let entry = call.shell.entry(from)?;
    if !entry.is_directory() {
        return call.shell.put(to, entry.content);
    }
    if depth > 50 || format!("{to}/").starts_with(&format!("{from}/")) {
        return Err(Errno::Busy);
    }
    match call.shell.put(to, Content::Directory) {
        Ok(()) | Err(Errno::Exists) => {}
        Err(why) => return Err(why),
    }
    for (name, _) in call.shell.list(from)? {
        copy(call, &absolute(from, &name), &absolute(to, &name), depth + 1)?;
    }
    Ok(())
}

fn transfer(call: &mut Call<'_, '_, '_>, act: impl Fn(&mut Call<'_, '_, '_>, &str, &str) -> Result<(), Errno>) -> i32 {
    let names = call.options().1;
    let Some((target, sources)) = names.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return call.fail("missing file operand");
    };
    let to = call.shell.path(target);
    let into = call.shell.entry(&to).is_ok_and(|entry| entry.is_directory());
    let mut code = 0;
    for source in sources {
        let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let to = if into { absolute(&to, name) } else { to.clone() };
        if let Err(why) = act(call, source, &to) {
            code = call.fail(&format!("'{source}' to '{to}': {}", why.text()));
        }
    }
    code
}
