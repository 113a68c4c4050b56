//! One command at a time: an advisory lock on a file in the lab's folder. It goes with the process that holds it.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::journal::JournalError;

/// The name of the locked file in the folder of its lab.
pub const FILE: &str = "lock";

/// A held lock.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the folder if need be and takes its lock; if somebody else has it, calls `waiting` and waits.
    pub fn acquire(dir: &Path, waiting: impl FnOnce()) -> Result<Lock, JournalError> {
        let io = |what| move |source| JournalError::Io { what, path: dir.into(), source };
        std::fs::create_dir_all(dir).map_err(io("make"))?;
        let file = File::options().create(true).truncate(false).write(true).open(dir.join(FILE)).map_err(io("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(io("lock"))?;
            }
            Err(TryLockError::Error(error)) => return Err(io("lock")(error)),
        }
        Ok(Lock { _file: file })
    }
}
