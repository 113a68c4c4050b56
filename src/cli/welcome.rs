//! `sts-lab` without arguments: what it is, three things to type, how far the learner is, and how to see all.

use serde_json::Value;

use super::desk::Room;
use super::open::home;

/// The file in the labs' home that says which lessons were taken.
const LESSONS: &str = "lessons.json";

/// The first screen.
pub fn screen(room: &Room) -> String {
    let home = home(room);
    let begun = home.named(&home.current()).join(crate::lab::FILE).exists();
    let book = std::fs::read_to_string(home.dir().join(LESSONS)).ok();
    let book: Value = book.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let lesson = if book["current"].is_string() { "sts-lab lesson next" } else { "sts-lab lesson start" };
    let rows = [
        (if book["current"].is_string() { "Go on with the lessons:" } else { "Take the first lesson:" }, lesson),
        ("Watch a set come up, Pod by Pod:", "sts-lab apply web"),
        (if begun { "See where your lab stands:" } else { "See a whole lab on one screen:" }, "sts-lab status"),
    ];
    let rows: String = rows.iter().map(|(what, line)| format!("  {what:<36}{line}\n")).collect();
    format!(
        "sts-lab is a Kubernetes StatefulSet world in one program: it runs real manifests\n\
         on a model of a cluster, and shows and explains what Kubernetes v1.36 does.\n\n\
         {rows}\n{}\
         `sts-lab shell` is a prompt with kubectl in it; `sts-lab --help` lists all.\n",
        progress(&book).map(|line| line + "\n").unwrap_or_default()
    )
}

/// How far the learner is; nothing if no lesson was begun.
fn progress(book: &Value) -> Option<String> {
    let lessons = book["lessons"].as_object()?;
    let number = |lesson: &Value, key: &str| lesson[key].as_u64().unwrap_or_default();
    let is_done = |lesson: &&Value| number(lesson, "steps") > 0 && number(lesson, "step") >= number(lesson, "steps");
    let done = lessons.values().filter(is_done).count();
    let finished = format!("{done} {} finished", if done == 1 { "lesson" } else { "lessons" });
    let name = book["current"].as_str()?;
    let open = lessons.get(name).filter(|lesson| !is_done(lesson));
    let at =
        open.map(|lesson| format!(", {name} is at step {} of {}", number(lesson, "step") + 1, number(lesson, "steps")));
    Some(format!("You have {finished}{}.", at.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn how_far_the_learner_is() {
        let lessons = json!({"a": {"step": 3, "steps": 3}, "b": {"step": 1, "steps": 9}});
        let told = |current: Value| progress(&json!({"current": current, "lessons": lessons}));
        assert_eq!(told(json!("b")).as_deref(), Some("You have 1 lesson finished, b is at step 2 of 9."));
        assert_eq!(told(json!("a")).as_deref(), Some("You have 1 lesson finished."));
        assert_eq!((told(Value::Null), progress(&Value::Null)), (None, None));
    }
}
