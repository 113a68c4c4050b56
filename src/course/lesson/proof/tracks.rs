//! What must hold between lessons: each has its place in a track, what it requires exists and comes before it, and nothing
//! requires itself.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::content::{ContentError, Fault, Kind, Lesson, Library, Source, Track, parse};
use crate::manifest::did_you_mean;

/// A lesson and where it stands.
struct Placed<'a> {
    source: &'a Source,
    requires: Vec<String>,
}

/// What is wrong between the files of a library. Lessons that cannot be read are left to others.
#[must_use]
pub fn tracks(library: &Library) -> Vec<ContentError> {
    let mut problems = Vec::new();
    let mut lessons: BTreeMap<String, Placed<'_>> = BTreeMap::new();
    for (source, lesson) in library.read::<Lesson>() {
        let Ok(lesson) = lesson else { continue };
        let placed = Placed { source, requires: lesson.requires };
        if let Some(first) = lessons.insert(lesson.name.clone(), placed) {
            let message =
                format!("there are two lessons of the name `{}`; the other is {}", lesson.name, first.source.file);
            problems.push(Fault::new("name", message).located(source));
        }
    }
    let mut place: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for source in library.of(Kind::Track) {
        match parse::<Track>(source) {
            Ok(track) => problems.extend(track_problems(source, &track, &lessons, &mut place)),
            Err(errors) => problems.extend(errors),
        }
    }
    for (name, Placed { source, requires }) in &lessons {
        let folder_has_track = library.of(Kind::Track).any(|track| track.folder() == source.folder());
        if folder_has_track && !place.contains_key(name) {
            let fault = Fault::new("name", format!("`{name}` is not in the order of its track"));
            problems.push(fault.help("add it to track.yaml").located(source));
        }
        for (index, required) in requires.iter().enumerate() {
            let field = format!("requires[{index}]");
            if let Some(fault) = required_fault(name, required, field, &lessons, &place) {
                problems.push(fault.located(source));
            }
        }
    }
    problems
}

fn track_problems(
    source: &Source,
    track: &Track,
    lessons: &BTreeMap<String, Placed<'_>>,
    place: &mut BTreeMap<String, (String, usize)>,
) -> Vec<ContentError> {
    let mut problems = Vec::new();
    for (index, name) in track.order.iter().enumerate() {
        let field = format!("order[{index}]");
        let here = lessons.get(name).is_some_and(|lesson| lesson.source.folder() == source.folder());
        if !here {
            let near = did_you_mean(name, lessons.keys().map(String::as_str));
            let fault = Fault::new(field, format!("no lesson `{name}` can be read in this folder"));
            let near = near.filter(|near| near != name);
            let fault = match near {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault,
            };
            problems.push(fault.located(source));
        } else if place.insert(name.clone(), (source.folder().to_string(), index)).is_some() {
            problems.push(Fault::new(field, format!("`{name}` stands in the order twice")).located(source));
        }
    }
    problems
}

fn required_fault(
    name: &str,
    required: &str,
    field: String,
    lessons: &BTreeMap<String, Placed<'_>>,
    place: &BTreeMap<String, (String, usize)>,
) -> Option<Fault> {
    if !lessons.contains_key(required) {
        let fault = Fault::new(field, format!("there is no lesson `{required}`"));
        return Some(match did_you_mean(required, lessons.keys().map(String::as_str)) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        });
    }
    if leads_to(required, name, lessons) {
        let message = format!("`{required}` requires `{name}` in turn: nobody could begin with either");
        return Some(Fault::new(field, message));
    }
    match (place.get(name), place.get(required)) {
        (Some((track, at)), Some((other, before))) if track == other && before > at => {
            Some(Fault::new(field, format!("`{required}` comes after it in the track")))
        }
        _ => None,
    }
}

/// Whether a lesson requires another, be it over others.
fn leads_to(from: &str, to: &str, lessons: &BTreeMap<String, Placed<'_>>) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if let Some(lesson) = lessons.get(name).filter(|_| seen.insert(name)) {
            open.extend(lesson.requires.iter().map(String::as_str));
        }
    }
    false
}
