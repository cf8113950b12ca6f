//! What fields an observation or a resource has, and of which type: what a path in a check file is held against when
//! it is loaded. It knows no values.

/// The type of a field. A bare scalar in a check file is read in the type of the field that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text; account ids, versions and ids keep every character.
    Text,
    /// A whole number.
    Integer,
    /// A number that may have a fraction.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An instant, RFC 3339 in UTC.
    Time,
    /// A list of one type.
    List(&'static Type),
    /// Named fields.
    Record(&'static [Field]),
    /// Any key, values of one type: tags, HTTP headers (whose keys are lower-case), captures.
    Map(&'static Type),
    /// Another resource, joined on demand: its kind's fields follow in the path.
    Resource(crate::aws::Kind),
}

/// Where a resource's field comes from; for an observation's fields always [`Source::Listed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It comes with the kind's own listing.
    Listed,
    /// It is worked out from other kinds, which are then listed too.
    Derived(&'static [crate::aws::Kind]),
    /// It costs a call of its own for each resource (or batch), made only when a path names it.
    OwnCall(crate::aws::OwnCall),
}

/// A field of a resource or an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// In snake case, as it stands in a check file.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// What it means, its unit, and the API field that it comes from.
    pub doc: &'static str,
    /// Where it comes from.
    pub source: Source,
}

impl Field {
    /// A field that comes with the listing.
    #[must_use]
    pub const fn listed(name: &'static str, ty: Type, doc: &'static str) -> Self {
        Self {
            name,
            ty,
            doc,
            source: Source::Listed,
        }
    }

    /// A field worked out from other kinds.
    #[must_use]
    pub const fn derived(
        name: &'static str,
        ty: Type,
        from: &'static [crate::aws::Kind],
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            ty,
            doc,
            source: Source::Derived(from),
        }
    }

    /// A field that costs a call of its own.
    #[must_use]
    pub const fn own_call(
        name: &'static str,
        ty: Type,
        call: crate::aws::OwnCall,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            ty,
            doc,
            source: Source::OwnCall(call),
        }
    }
}
