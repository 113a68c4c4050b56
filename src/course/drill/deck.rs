//! All questions there are: the topics of a library, and what somebody got wrong in lessons.

use std::collections::BTreeMap;

use super::question::{Form, Level, Question, Questions};
use crate::course::content::{ContentError, Library};
use crate::course::mistakes::Mistake;
use crate::manifest::did_you_mean;
use crate::resource::Time;

/// The topic of mistakes.
pub const MISTAKES: &str = "mistakes";

/// The questions of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// The questions, as they were written.
    pub questions: Vec<Question>,
}

/// All topics, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deck {
    /// The topics; that of the mistakes comes last.
    pub topics: Vec<Topic>,
    /// When mistakes were made, by the name of their question.
    pub made: BTreeMap<String, Time>,
}

/// Which questions are wanted; what is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The topics.
    pub topics: Vec<String>,
    /// The levels.
    pub levels: Vec<Level>,
    /// The types.
    pub forms: Vec<Form>,
}

impl Filter {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    fn wants(&self, topic: &str, question: &Question) -> bool {
        (self.topics.is_empty() || self.topics.iter().any(|wanted| wanted == topic))
            && (self.levels.is_empty() || self.levels.contains(&question.level))
            && (self.forms.is_empty() || self.forms.contains(&question.form))
    }
}

impl Deck {
    /// Reads the questions of a library; all that is wrong with them, if anything is.
    pub fn read(library: &Library) -> Result<Deck, Vec<ContentError>> {
        let (mut deck, mut errors) = (Deck::default(), Vec::new());
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for (source, read) in library.read::<Questions>() {
            let Questions { topic, title, questions, .. } = match read {
                Ok(read) => read,
                Err(wrong) => {
                    errors.extend(wrong);
                    continue;
                }
            };
            let error = |field: &str, message: String| ContentError {
                file: source.file.to_string(),
                field: field.into(),
                message,
                ..ContentError::default()
            };
            if deck.topic(&topic).is_some() || topic == MISTAKES {
                errors.push(error("topic", format!("there is a topic {topic} already")));
            }
            for question in &questions {
                if let Some(other) = files.insert(question.name.clone(), source.file.to_string()) {
                    let message = format!("{}: {other} has a question of this name, too", question.name);
                    errors.push(error("questions", message));
                }
            }
            deck.topics.push(Topic { name: topic, title, questions });
        }
        deck.topics.sort_by(|a, b| a.name.cmp(&b.name));
        if errors.is_empty() { Ok(deck) } else { Err(errors) }
    }

    /// Adds what somebody got wrong in lessons.
    #[must_use]
    pub fn with_mistakes(mut self, mistakes: &[Mistake]) -> Deck {
        let (mut questions, mut made) = (Vec::new(), BTreeMap::new());
        for mistake in mistakes {
            let question = from_mistake(mistake);
            if self.find(&question.name).is_err() {
                made.insert(question.name.clone(), Time::parse(&mistake.at).unwrap_or_default());
                questions.push(question);
            }
        }
        if !questions.is_empty() {
            let title = "What you got wrong in lessons".to_string();
            self.topics.push(Topic { name: MISTAKES.into(), title, questions });
            self.made = made;
        }
        self
    }

    /// A topic.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }

    /// All questions with their topics.
    pub fn all(&self) -> impl Iterator<Item = (&Topic, &Question)> {
        self.topics.iter().flat_map(|topic| topic.questions.iter().map(move |question| (topic, question)))
    }

    /// Those that are wanted.
    pub fn wanted<'d>(&'d self, filter: &'d Filter) -> impl Iterator<Item = (&'d Topic, &'d Question)> {
        self.all().filter(|(topic, question)| filter.wants(&topic.name, question))
    }

    /// A question by its name; if there is none, words that say so.
    pub fn find(&self, name: &str) -> Result<(&Topic, &Question), String> {
        self.all().find(|(_, question)| question.name == name).ok_or_else(|| {
            let names = self.all().map(|(_, question)| question.name.as_str());
            match did_you_mean(name, names) {
                Some(other) => format!("there is no question {name}: did you mean {other}?"),
                None => format!("there is no question {name}: `sts-lab drill list --topic TOPIC` names them"),
            }
        })
    }
}

/// A mistake as a question that people judge themselves, unless the right answer is so short that it can be compared.
fn from_mistake(mistake: &Mistake) -> Question {
    let Mistake { lesson, step, question, right, because, sources, .. } = mistake;
    let mut answer = right.trim().to_string();
    if !because.trim().is_empty() {
        answer += &format!("\n\n{}", because.trim());
    }
    let source = format!("lesson {lesson}, step {step}");
    Question {
        name: format!("{lesson}-step-{step}"),
        level: Level::Junior,
        form: Form::Short,
        covers: Vec::new(),
        ask: question.clone(),
        options: Vec::new(),
        accept: Vec::new(),
        lacks: Vec::new(),
        answer,
        wrong: Vec::new(),
        source: if sources.is_empty() { source } else { format!("{source}; {}", sources.join("; ")) },
        proof: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::content::Source;

    const FILE: &str = "format: 1\nkind: Questions\ntopic: order\ntitle: Order\nquestions:\n- name: first\n  level: mid\n  \
        type: short\n  ask: Which is first?\n  accept: [web-0]\n  answer: \"`web-0`\"\n  wrong: [{says: web-2, because: no}]\n  \
        source: S21\n  proof: {run: [sts-lab apply web], shows: web-0}\n";

    fn library(files: &[(&str, &str)]) -> Library {
        Library { sources: files.iter().map(|(file, text)| Source::new(*file, *text)).collect() }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let errors = Deck::read(&library(&[("order.yaml", text)])).unwrap_err();
        let told = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(told.contains(expect), "{told}");
    }

    #[test]
    fn questions_are_read_and_found() {
        let deck = Deck::read(&library(&[("order.yaml", FILE)])).unwrap();
        assert_eq!(deck.find("first").unwrap().0.title, "Order");
        assert!(deck.find("frist").unwrap_err().contains("did you mean first?"));
        let lacks = FILE.replace("accept: [web-0]", "accept: [web]\n  lacks: [web-2]");
        assert!(Deck::read(&library(&[("order.yaml", &lacks)])).is_ok(), "the wrong answer is not accepted");
        let only = |level| Filter { levels: vec![level], ..Filter::default() };
        assert_eq!(deck.wanted(&only(Level::Mid)).count(), 1);
        assert_eq!(deck.wanted(&only(Level::Senior)).count(), 0);
    }

    #[test]
    fn faults_are_told_with_their_place() {
        check(
            &FILE.replace("accept: [web-0]", "accept: [web-1]"),
            "order.yaml:10:12: questions[0].accept[0]: first: the model",
        );
        check(&FILE.replace("accept: [web-0]", "accept: [web]"), "wrong answer `web-2` is accepted");
        check(&FILE.replace("accept: [web-0]", "accept: [\"(\"]"), "no regular expression");
        check(
            &FILE.replace("accept: [web-0]", "accept: [web]\n  lacks: [web-0]"),
            "the model answer has `web-0` in it",
        );
        check(&FILE.replace("accept: [web-0]", "lacks: [web-2]"), "without `accept` nobody compares");
        check(&FILE.replace("type: short", "type: choice"), "one option is right in a choice, and here are 0");
        check(&FILE.replace("[sts-lab apply web]", "[]"), "the proof runs nothing");
        check(&FILE.replace("source: S21", "source: \"\""), "source: first: it is empty");
        check(&FILE.replace("name: first", "name: First one"), "is no name");
        check(&FILE.replace("ask:", "asks:"), "did you mean `ask`?");
    }

    #[test]
    fn a_name_is_there_once() {
        let errors =
            Deck::read(&library(&[("order.yaml", FILE), ("more.yaml", &FILE.replace("topic: order", "topic: more"))]));
        assert!(errors.unwrap_err()[0].to_string().contains("first: order.yaml has a question of this name, too"));
    }

    #[test]
    fn mistakes_are_questions() {
        let mistake = Mistake {
            lesson: "ordered-start".into(),
            step: 7,
            at: "2026-01-01T00:00:00Z".into(),
            question: "Which Pod goes first?".into(),
            answered: "web-0".into(),
            right: "web-2".into(),
            because: "The highest ordinal goes first.".into(),
            sources: vec!["S41".into()],
        };
        let deck = Deck::read(&library(&[("order.yaml", FILE)])).unwrap().with_mistakes(&[mistake]);
        let (topic, question) = deck.find("ordered-start-step-7").unwrap();
        assert_eq!(
            (topic.name.as_str(), question.answer.as_str()),
            (MISTAKES, "web-2\n\nThe highest ordinal goes first.")
        );
        assert_eq!(question.source, "lesson ordered-start, step 7; S41");
        assert_eq!(deck.made["ordered-start-step-7"], Time::LAB_START);
    }
}
