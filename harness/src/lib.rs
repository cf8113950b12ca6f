//! labcheck
