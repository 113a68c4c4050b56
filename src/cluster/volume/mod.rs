//! temp
#![allow(missing_docs)]
use super::{Context, Fault, queue::Task}; use crate::store::WatchEvent;
#[derive(Clone, Debug, Default)] pub struct Controller;
impl Controller { pub fn observe(&mut self, _: &WatchEvent, _: &mut Context<'_>) {} pub fn run(&mut self, _: &Task, _: &mut Context<'_>) {} pub fn fault(&mut self, _: &Fault, _: &mut Context<'_>) {} }
