//! Judging: a pure function of the plan and of what was observed. Nothing here does I/O or looks at a clock.
pub mod assign;
pub mod condition;
pub mod evaluate;
pub mod gate;
pub mod operand;
pub mod summary;
pub mod verdict;
