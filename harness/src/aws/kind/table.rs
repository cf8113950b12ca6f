//! Words for writing a kind's table of fields: short constructors, so that a row reads as name, type and meaning. It
//! knows no kind's content.
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::schema::{Field, Source, Type};

/// Text that comes with the listing.
pub(super) const fn text(name: &'static str, doc: &'static str) -> Field {
    Field::listed(name, Type::Text, doc)
}

/// A whole number that comes with the listing.
pub(super) const fn int(name: &'static str, doc: &'static str) -> Field {
    Field::listed(name, Type::Integer, doc)
}

/// `true` or `false`, with the listing.
pub(super) const fn flag(name: &'static str, doc: &'static str) -> Field {
    Field::listed(name, Type::Boolean, doc)
}

/// An instant, with the listing.
pub(super) const fn time(name: &'static str, doc: &'static str) -> Field {
    Field::listed(name, Type::Time, doc)
}

/// A list of texts, with the listing.
pub(super) const fn texts(name: &'static str, doc: &'static str) -> Field {
    Field::listed(name, Type::List(&Type::Text), doc)
}

/// Named fields, with the listing.
pub(super) const fn record(
    name: &'static str,
    fields: &'static [Field],
    doc: &'static str,
) -> Field {
    Field::listed(name, Type::Record(fields), doc)
}

/// A list, with the listing.
pub(super) const fn list(name: &'static str, of: &'static Type, doc: &'static str) -> Field {
    Field::listed(name, Type::List(of), doc)
}

/// Another resource, joined when a path asks for it.
pub(super) const fn one(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field::derived(name, Type::Resource(kind), alone(kind), doc)
}

/// All resources of another kind that belong to this one, joined when a path asks for them.
pub(super) const fn many(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field::derived(
        name,
        Type::List(&RESOURCES[kind as usize]),
        alone(kind),
        doc,
    )
}

/// The same field at the price of a call of its own.
pub(super) const fn costs(field: Field, call: OwnCall) -> Field {
    Field {
        source: Source::OwnCall(call),
        ..field
    }
}

/// `tags`: keys and values.
pub(super) const fn tags(doc: &'static str) -> Field {
    Field::listed("tags", Type::Map(&Type::Text), doc)
}

/// The id of a resource.
pub(super) const fn id(doc: &'static str) -> Field {
    text("id", doc)
}

/// The Name tag as `name`.
pub(super) const NAME_TAG: Field = text(
    "name",
    "The value of the tag `Name`; absent where there is none.",
);

/// EC2's tags.
pub(super) const TAGS: Field = tags("The tags by key (`Tags`).");

/// The account that owns an EC2 resource, as its pseudonym.
pub(super) const OWNER: Field = text(
    "owner_id",
    "The account that owns it (`OwnerId`), as its pseudonym.",
);

/// One table after another; `N` is the sum of their lengths.
pub(super) const fn concat<const N: usize>(a: &[Field], b: &[Field]) -> [Field; N] {
    assert!(
        a.len() + b.len() == N,
        "N is the number of fields in both tables"
    );
    let mut all = [a[0]; N];
    let mut i = 0;
    while i < N {
        all[i] = if i < a.len() { a[i] } else { b[i - a.len()] };
        i += 1;
    }
    all
}

/// The kind alone, as the list that a derived field's source wants.
const fn alone(kind: Kind) -> &'static [Kind] {
    let (_, from) = Kind::ALL.split_at(kind as usize);
    from.split_at(1).0
}

/// A resource type for each kind, so that a `const fn` can refer to one.
const RESOURCES: &[Type; Kind::ALL.len()] = &{
    let mut types = [Type::Text; Kind::ALL.len()];
    let mut i = 0;
    while i < types.len() {
        types[i] = Type::Resource(Kind::ALL[i]);
        i += 1;
    }
    types
};
