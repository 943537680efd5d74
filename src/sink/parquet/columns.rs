//! Gathers objects as Arrow columns. What comes in: objects; what goes out: record batches, one column for each
//! property of the contract, in its order. It never writes.

use std::sync::Arc;

use arrow_array::builder::{
    Date32Builder, FixedSizeListBuilder, Float32Builder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};

use crate::day::{PROPERTIES, PropertyType, Value};
use crate::document::Object;
use crate::sink::KIND;

/// One builder a column.
pub(super) struct DayColumns {
    schema: SchemaRef,
    rows: usize,
    id: StringBuilder,
    user_id: StringBuilder,
    date: Date32Builder,
    kind: StringBuilder,
    records: Int64Builder,
    text: StringBuilder,
    gist: StringBuilder,
    facets: ListBuilder<StringBuilder>,
    facets_day_before: ListBuilder<StringBuilder>,
    /// One for each row of [`PROPERTIES`].
    properties: Vec<PropertyColumn>,
    content_hash: StringBuilder,
    template: StringBuilder,
    model: StringBuilder,
    /// Absent in a run without vectors.
    vector: Option<FixedSizeListBuilder<Float32Builder>>,
}

enum PropertyColumn {
    Count(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    List(ListBuilder<StringBuilder>),
    Numbers(ListBuilder<Float64Builder>),
}

/// Elements of lists are never null; Parquet calls them so.
fn element(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("element", data_type, false))
}

fn texts() -> ListBuilder<StringBuilder> {
    ListBuilder::new(StringBuilder::new()).with_field(element(DataType::Utf8))
}

fn schema(dimensions: Option<i32>) -> Schema {
    let texts = || DataType::List(element(DataType::Utf8));
    let required = |name: &str, data_type: DataType| Field::new(name, data_type, false);
    let mut fields = vec![
        required("id", DataType::Utf8),
        required("user_id", DataType::Utf8),
        required("date", DataType::Date32),
        required("kind", DataType::Utf8),
        required("records", DataType::Int64),
        required("text", DataType::Utf8),
        required("gist", DataType::Utf8),
        required("facets", texts()),
        required("facets_day_before", texts()),
    ];
    fields.extend(PROPERTIES.iter().map(|info| {
        let data_type = match info.kind {
            PropertyType::Count => DataType::Int64,
            PropertyType::Number => DataType::Float64,
            PropertyType::Text => DataType::Utf8,
            PropertyType::List => texts(),
            PropertyType::Numbers => DataType::List(element(DataType::Float64)),
        };
        Field::new(info.name, data_type, true)
    }));
    fields.push(required("content_hash", DataType::Utf8));
    fields.push(required("template", DataType::Utf8));
    fields.push(Field::new("model", DataType::Utf8, true));
    if let Some(dimensions) = dimensions {
        let vector = DataType::FixedSizeList(element(DataType::Float32), dimensions);
        fields.push(required("vector", vector));
    }
    Schema::new(fields)
}

impl DayColumns {
    pub(super) fn new(dimensions: Option<usize>) -> DayColumns {
        let dimensions = dimensions.map(|dimensions| i32::try_from(dimensions).expect("no vector is that long"));
        let vector = |dimensions| {
            FixedSizeListBuilder::new(Float32Builder::new(), dimensions).with_field(element(DataType::Float32))
        };
        DayColumns {
            schema: Arc::new(schema(dimensions)),
            rows: 0,
            id: StringBuilder::new(),
            user_id: StringBuilder::new(),
            date: Date32Builder::new(),
            kind: StringBuilder::new(),
            records: Int64Builder::new(),
            text: StringBuilder::new(),
            gist: StringBuilder::new(),
            facets: texts(),
            facets_day_before: texts(),
            properties: PROPERTIES.iter().map(|info| PropertyColumn::new(info.kind)).collect(),
            content_hash: StringBuilder::new(),
            template: StringBuilder::new(),
            model: StringBuilder::new(),
            vector: dimensions.map(vector),
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Rows gathered since the last batch.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row; the vector must have been checked.
    pub(super) fn append(&mut self, object: &Object) {
        let document = &object.document;
        let day = &document.day;
        self.id.append_value(document.id().to_string());
        self.user_id.append_value(&day.user_id);
        self.date.append_value(day.date.days());
        self.kind.append_value(KIND);
        self.records.append_value(i64::from(day.records));
        self.text.append_value(&document.words.text);
        self.gist.append_value(&document.words.gist);
        append_texts(&mut self.facets, &document.words.facets);
        append_texts(&mut self.facets_day_before, &document.words.facets_day_before);
        for (column, info) in self.properties.iter_mut().zip(&PROPERTIES) {
            column.append(day.get(info.property));
        }
        self.content_hash.append_value(&document.content_hash);
        self.template.append_value(document.template);
        self.model.append_option(document.model.as_deref());
        if let (Some(column), Some(vector)) = (&mut self.vector, &object.vector) {
            column.values().append_slice(vector);
            column.append(true);
        }
        self.rows += 1;
    }

    /// The rows gathered so far; the next batch begins empty.
    pub(super) fn take_batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.user_id.finish()),
            Arc::new(self.date.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.records.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.gist.finish()),
            Arc::new(self.facets.finish()),
            Arc::new(self.facets_day_before.finish()),
        ];
        arrays.extend(self.properties.iter_mut().map(PropertyColumn::finish));
        arrays.push(Arc::new(self.content_hash.finish()));
        arrays.push(Arc::new(self.template.finish()));
        arrays.push(Arc::new(self.model.finish()));
        if let Some(column) = &mut self.vector {
            arrays.push(Arc::new(column.finish()));
        }
        self.rows = 0;
        RecordBatch::try_new(self.schema.clone(), arrays)
    }
}

impl PropertyColumn {
    fn new(kind: PropertyType) -> PropertyColumn {
        match kind {
            PropertyType::Count => PropertyColumn::Count(Int64Builder::new()),
            PropertyType::Number => PropertyColumn::Number(Float64Builder::new()),
            PropertyType::Text => PropertyColumn::Text(StringBuilder::new()),
            PropertyType::List => PropertyColumn::List(texts()),
            PropertyType::Numbers => {
                let numbers = ListBuilder::new(Float64Builder::new());
                PropertyColumn::Numbers(numbers.with_field(element(DataType::Float64)))
            }
        }
    }

    /// A value of the column's type, or null.
    fn append(&mut self, value: Option<&Value>) {
        match (self, value) {
            (PropertyColumn::Count(column), Some(Value::Count(count))) => column.append_value(i64::from(*count)),
            (PropertyColumn::Number(column), Some(Value::Number(number))) => column.append_value(number.as_f64()),
            (PropertyColumn::Text(column), Some(Value::Text(text))) => column.append_value(text),
            (PropertyColumn::List(column), Some(Value::List(list))) => append_texts(column, list),
            (PropertyColumn::Numbers(column), Some(Value::Numbers(numbers))) => {
                column.values().append_values(
                    &numbers.iter().map(|number| number.as_f64()).collect::<Vec<_>>(),
                    &vec![true; numbers.len()],
                );
                column.append(true);
            }
            (PropertyColumn::Numbers(column), _) => column.append_null(),
            (PropertyColumn::Count(column), _) => column.append_null(),
            (PropertyColumn::Number(column), _) => column.append_null(),
            (PropertyColumn::Text(column), _) => column.append_null(),
            (PropertyColumn::List(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            PropertyColumn::Count(column) => Arc::new(column.finish()),
            PropertyColumn::Number(column) => Arc::new(column.finish()),
            PropertyColumn::Text(column) => Arc::new(column.finish()),
            PropertyColumn::List(column) => Arc::new(column.finish()),
            PropertyColumn::Numbers(column) => Arc::new(column.finish()),
        }
    }
}

fn append_texts(column: &mut ListBuilder<StringBuilder>, texts: &[Arc<str>]) {
    for text in texts {
        column.values().append_value(text);
    }
    column.append(true);
}
