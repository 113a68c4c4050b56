//! Commands about space: how much there is, how much is used, and using it up.

use super::Call;
use crate::cluster::disk::Content;
use crate::container::files::Errno;
use crate::container::mounts::Mount;

/// What a node's own disk has: the nodes of the lab say so (`ephemeral-storage`).
const NODE_DISK: u64 = 100 << 30;

/// `1.5G`, as `df -h` and `ls -lh` have it: rounded up, one digit below ten.
pub(super) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["", "K", "M", "G", "T", "P"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    let rounded = if value < 10.0 && unit > 0 { (value * 10.0).ceil() / 10.0 } else { value.ceil() };
    let text = if rounded < 10.0 && unit > 0 { format!("{rounded:.1}") } else { format!("{rounded:.0}") };
    text + UNITS[unit]
}

pub(super) fn df(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let show = |bytes: u64| if letters.contains('h') { human(bytes) } else { bytes.div_ceil(1024).to_string() };
    let view = call.shell.view();
    let row = |mount: Option<&Mount>| {
        // Files take whole blocks.
        let used = mount.map_or(0, |mount| view.used(mount)).div_ceil(4096) * 4096;
        let size = mount.and_then(|mount| mount.capacity).unwrap_or(NODE_DISK);
        let percent = (used * 100).div_ceil(size.max(1));
        let device = mount.map_or("overlay", |mount| mount.device.as_str());
        let path = mount.map_or("/", |mount| mount.path.as_str());
        [device.into(), show(size), show(used), show(size.saturating_sub(used)), format!("{percent}%"), path.into()]
    };
    let size = if letters.contains('h') { "Size" } else { "1K-blocks" };
    let available = if letters.contains('h') { "Avail" } else { "Available" };
    let mut rows: Vec<[String; 6]> =
        vec![["Filesystem", size, "Used", available, "Use%", "Mounted on"].map(ToString::to_string)];
    if names.is_empty() {
        rows.push(row(None));
        let mut mounts: Vec<&Mount> = call.shell.inside().mounts.iter().collect();
        mounts.sort_by(|a, b| a.path.cmp(&b.path));
        rows.extend(mounts.into_iter().map(|mount| row(Some(mount))));
    }
    let mut missing = Vec::new();
    for name in &names {
        let path = call.shell.path(name);
        match view.get(&path) {
            Ok(_) => rows.push(row(view.mount(&path))),
            Err(why) => missing.push((name.clone(), why)),
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |[device, size, used, free, percent, path]: &[String; 6]| {
        let numbers = [size, used, free, percent].into_iter().zip(&widths[1..]);
        let numbers: String = numbers.map(|(number, width)| format!(" {number:>width$}")).collect();
        format!("{device:<width$}{numbers} {path}\n", width = widths[0].max(14))
    };
    let text: String = rows.iter().map(line).collect();
    call.out.print(if rows.len() > 1 { text } else { String::new() });
    let code = i32::from(!missing.is_empty());
    for (name, why) in missing {
        call.fail_at(&name, why);
    }
    code
}

pub(super) fn du(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let names = if names.is_empty() { vec![".".to_string()] } else { names };
    let mut code = 0;
    for name in names {
        let path = call.shell.path(&name);
        match size_below(call, &path, 0) {
            Ok(size) if letters.contains('h') => call.out.print(format!("{}\t{name}\n", human(size))),
            Ok(size) => call.out.print(format!("{}\t{name}\n", size.div_ceil(1024))),
            Err(why) => code = call.fail_at(&name, why),
        }
    }
    code
}

fn size_below(call: &Call<'_, '_, '_>, path: &str, depth: u32) -> Result<u64, Errno> {
    let entry = call.shell.entry(path)?;
    if !entry.is_directory() || depth > 50 {
        return Ok(entry.content.size());
    }
    let mut sum = 4096;
    for (name, _) in call.shell.list(path)? {
        sum += size_below(call, &crate::container::files::absolute(path, &name), depth + 1)?;
    }
    Ok(sum)
}

/// `100M`, `1G`, `4k`, `512`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.strip_suffix("iB").unwrap_or(text).trim_end_matches('B');
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_lowercase().as_str() {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// `dd if=/dev/zero of=FILE bs=1M count=N`: what fits is written, the rest is not.
pub(super) fn dd(call: &mut Call<'_, '_, '_>) -> i32 {
    let value = |key: &str| call.args.iter().find_map(|word| word.strip_prefix(key));
    let block = value("bs=").map_or(Some(512), bytes);
    let count = value("count=").map(bytes);
    let (source, target) = (value("if=").map(ToString::to_string), value("of=").map(ToString::to_string));
    let zeros = matches!(source.as_deref(), Some("/dev/zero" | "/dev/urandom" | "/dev/random"));
    let (Some(block), Some(target)) = (block.filter(|block| *block > 0), target) else {
        return call.fail("expected if=FILE of=FILE bs=BYTES count=BLOCKS");
    };
    if !zeros {
        let text = match &source {
            Some(source) => call.shell.read(source, call.input),
            None => Ok(call.input.all()),
        };
        let done = text.and_then(|text| call.shell.put(&target, Content::Text(text)));
        return done.map_or_else(|why| call.fail_at(&target, why), |()| 0);
    }
    // Without a count it goes on until the disk is full.
    let wanted = match count {
        Some(Some(count)) => block.saturating_mul(count),
        Some(None) => return call.fail("invalid number"),
        None => u64::MAX,
    };
    let path = call.shell.path(&target);
    let before = call.shell.entry(&path).map_or(0, |entry| entry.content.size());
    let free = call.shell.view().free(&path).map_or(NODE_DISK, |free| free + before);
    let written = wanted.min(free);
    if let Err(why) = call.shell.put(&target, Content::Zeros(written)) {
        return call.fail(&format!("failed to open '{target}': {}", why.text()));
    }
    let full = wanted > free;
    if full {
        call.out.error(format!("dd: error writing '{target}': No space left on device\n"));
    }
    let blocks = written / block;
    call.out.error(format!("{}+0 records in\n{blocks}+0 records out\n", blocks + u64::from(full)));
    call.out.error(format!("{written} bytes copied\n"));
    i32::from(full)
}

/// `fallocate -l SIZE FILE`, `truncate -s SIZE FILE`.
pub(super) fn fallocate(call: &mut Call<'_, '_, '_>) -> i32 {
    let (size, names) = call.with_value(if call.name == "truncate" { 's' } else { 'l' });
    let Some(size) = size.as_deref().and_then(bytes) else { return call.fail("expected a size such as 100M") };
    let Some(name) = names.last() else { return call.fail("missing file operand") };
    let content = if size == 0 { Content::Text(String::new()) } else { Content::Zeros(size) };
    match call.shell.put(name, content) {
        Ok(()) => 0,
        Err(why) => call.fail(&format!("{name}: {}", why.text())),
    }
}
