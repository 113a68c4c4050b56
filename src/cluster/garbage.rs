//! temp
#![allow(missing_docs)]
use super::{Context, queue::Item}; use crate::store::WatchEvent;
pub fn observe(_: &WatchEvent, _: &mut Context<'_>) {}
pub fn collect(_: &Item, _: &mut Context<'_>) {}
