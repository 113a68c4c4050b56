//! Rule tests of the controller: to follow with the first compiling build.
