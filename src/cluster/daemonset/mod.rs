//! The `DaemonSet` controller.

use super::context::Context;
use super::queue::Item;
use crate::store::WatchEvent;

/// The controller.
#[derive(Clone, Debug, Default)]
pub struct Controller {}

impl Controller {
    /// Notices.
    pub fn observe(&mut self, _event: &WatchEvent, _context: &mut Context<'_>) {}

    /// Syncs.
    pub fn sync(&mut self, _item: &Item, _context: &mut Context<'_>) {}
}
