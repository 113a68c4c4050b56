//! temp
#![allow(missing_docs)]
use super::{Context, queue::Item}; use crate::store::WatchEvent;
#[derive(Clone, Debug, Default)] pub struct Controller;
impl Controller { pub fn observe(&mut self, _: &WatchEvent, _: &mut Context<'_>) {} pub fn sync(&mut self, _: &Item, _: &mut Context<'_>) {} }
