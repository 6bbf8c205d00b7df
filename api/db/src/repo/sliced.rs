/// Restricts a query to a piece of a list ordered by creation, then id.
macro_rules! sliced {
    ($select:expr, $column:ty, $slice:expr) => {{
        use sea_orm::{
            ColumnTrait as _, Condition, QueryFilter as _, QueryOrder as _, QuerySelect as _,
        };
        let slice: api_app::Slice = $slice;
        let mut select = $select;
        if let Some(after) = slice.after {
            let same = Condition::all()
                .add(<$column>::CreatedUs.eq(after.created_us))
                .add(<$column>::Id.gt(after.id));
            select = select
                .filter(Condition::any().add(<$column>::CreatedUs.gt(after.created_us)).add(same));
        }
        select
            .order_by_asc(<$column>::CreatedUs)
            .order_by_asc(<$column>::Id)
            .limit(u64::from(slice.limit))
    }};
}

pub(crate) use sliced;
