//! A lesson taken from its beginning to its end by somebody who asks for every hint and answers as its author does: it must
//! come to its end, and every hint must have been seen.

use super::super::super::content::{Fault, Lesson};
use super::super::super::mistakes::Mistake;
use super::super::super::stage::Stages;
use super::super::markdown::render;
use super::super::play::{End, Keeper, Player, next_hint};
use super::super::progress::Record;
use crate::course::learner::Script;
use crate::view::style::Look;

/// Keeps nothing.
struct Nothing;

impl Keeper for Nothing {
    fn keep(&mut self, _: &Record) -> Result<(), String> {
        Ok(())
    }

    fn mistake(&mut self, _: Mistake) -> Result<(), String> {
        Ok(())
    }
}

/// Takes it.
pub fn rehearse(lesson: &Lesson, stages: &dyn Stages) -> Vec<Fault> {
    // What is wrong with its beginning, others have told.
    let Ok(stage) = stages.fresh(&lesson.start()) else { return Vec::new() };
    let mut script = Script::curious(Look::PLAIN);
    let (record, elsewhere) = (Record::default(), String::new());
    let mut player = Player { lesson, stage, learner: &mut script, keeper: &mut Nothing, record, elsewhere };
    let end = player.play();
    let reached = player.record.step;
    let mut faults = Vec::new();
    match end {
        Ok(End::Done) => {}
        Ok(End::Left | End::Waiting) => {
            let message = "a dead end: who answers as the author does comes no further";
            faults.push(Fault::new(format!("steps[{reached}]"), message));
        }
        Err(why) => faults.push(Fault::new(format!("steps[{reached}]"), why)),
    }
    for (index, step) in lesson.steps.iter().enumerate().take(reached) {
        for seen in 0..step.hints.len() {
            if !script.said.contains(&render(&next_hint(step, seen).0, Look::PLAIN)) {
                faults.push(Fault::new(format!("steps[{index}].hints[{seen}]"), "nobody ever sees this hint"));
            }
        }
    }
    faults
}
