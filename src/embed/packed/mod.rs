//! BERT on the CPU, in f32 or bf16. What comes in: batches of token ids; what goes out: one pooled vector a text, not
//! yet of length one. Texts stand one after the other without padding, so a batch may hold any lengths.
//!
//! Weights are laid out once, in the order in which the kernels of this machine take them. A batch runs on the thread
//! that brings it, in a workspace that is used again, so that nothing is allocated between the layers. Bias, residual
//! and activation are applied to a tile of a product while it is in the first-level cache; norm and softmax go
//! row by row.
//!
//! A vector's bits do not depend on the other texts of the batch: every step works row by row, or on one text alone
//! (attention), and each number of a product is one sum in one order (see [`product`]). In f32 the elementwise
//! functions and the products have the same bits in every kernel, so a text has one vector on all processors; in bf16
//! kernels round their sums differently.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod amx {
    //! No tiles elsewhere.

    /// Why there is no kernel.
    pub(super) fn bf16_tile() -> Result<super::product::TileKernel<super::cell::Bf16Pair>, &'static str> {
        Err("no AMX")
    }
}
mod attention;
mod avx2;
mod avx512;
mod cell;
mod elementwise;
mod kernel;
mod layer;
mod panels;
mod portable;
mod prefetch;
mod product;
#[cfg(test)]
mod product_tests;
mod projected;
mod rows;
mod workspace;

use std::sync::{Mutex, PoisonError};

use candle_core::{DType, Result, Tensor, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;

use self::layer::{Layer, Norm};
use self::projected::Heads;
use self::workspace::Workspace;
use super::manifest::Pooling;
use super::model::Bert;

#[cfg(test)]
pub(super) use self::cell::Bf16Pair;
pub(super) use self::cell::Cell;
pub(super) use self::kernel::Kernel;

/// The name of the kernels that f32 runs on.
pub(super) fn f32_kernels() -> String {
    Kernel::f32().name().to_string()
}

/// The name of the kernels that bf16 runs on, or why f32 is faster.
pub(super) fn bf16_kernels() -> std::result::Result<String, String> {
    Kernel::bf16().map(|kernel| kernel.name().to_string())
}

/// A BERT model in memory.
pub(super) struct PackedBert<C> {
    kernel: Kernel<C>,
    words: Vec<f32>,
    positions: Vec<f32>,
    /// All tokens are of the first type.
    token_type: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer<C>>,
    heads: Heads,
    width: usize,
    pooling: Pooling,
    /// Those that no batch is in; as many as there were batches at a time.
    workspaces: Mutex<Vec<Workspace<C>>>,
}

impl<C: Cell> PackedBert<C> {
    /// Takes the tensors of a model; `root` is where `embeddings` and `encoder` are.
    pub(super) fn build(
        root: &VarBuilder<'_>,
        config: &Config,
        pooling: Pooling,
        kernel: Kernel<C>,
    ) -> Result<PackedBert<C>> {
        let embeddings = root.pp("embeddings");
        let width = config.hidden_size;
        let table = |rows: usize, name: &str| {
            embeddings
                .get((rows, width), &format!("{name}.weight"))
                .and_then(values)
        };
        let mut token_type = table(config.type_vocab_size, "token_type_embeddings")?;
        token_type.truncate(width);
        let layer = |index: usize| Layer::build(&root.pp("encoder.layer").pp(index), config);
        Ok(PackedBert {
            kernel,
            words: table(config.vocab_size, "word_embeddings")?,
            positions: table(config.max_position_embeddings, "position_embeddings")?,
            token_type,
            norm: Norm::build(&embeddings.pp("LayerNorm"), config)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            heads: heads::<C>(config)?,
            width,
            pooling,
            workspaces: Mutex::default(),
        })
    }

    /// Sum of word, type and position embeddings, normalized.
    fn embed_tokens(&self, batch: &[&[u32]], space: &mut Workspace<C>) -> Result<()> {
        let tokens: usize = batch.iter().map(|ids| ids.len()).sum();
        let hidden = space.hidden.room(tokens * self.width);
        let positions = batch.iter().flat_map(|ids| ids.iter().enumerate());
        for (row, (position, &id)) in hidden.chunks_exact_mut(self.width).zip(positions) {
            let at = id as usize * self.width;
            let Some(word) = self.words.get(at..at + self.width) else {
                bail!("token id {id} is not in the vocabulary of the weights");
            };
            let position = &self.positions[position * self.width..][..self.width];
            let parts = word.iter().zip(&self.token_type).zip(position);
            for (sum, ((word, kind), at)) in row.iter_mut().zip(parts) {
                *sum = word + kind + at;
            }
        }
        let order = self.kernel.order(self.width / C::DEPTH);
        let cells = space.hidden_cells.room(order.cells_of(tokens));
        self.norm.rows(&self.kernel, hidden, (cells, order));
        Ok(())
    }

    /// One vector from the rows of a text.
    fn pool(&self, rows: &[f32]) -> Vec<f32> {
        match self.pooling {
            Pooling::Cls => rows[..self.width].to_vec(),
            // The vector gets length one in the end, so the sum is as good as the mean.
            Pooling::Mean => rows
                .chunks_exact(self.width)
                .fold(vec![0.0; self.width], |mut sum, row| {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                    sum
                }),
        }
    }

    fn pooled_in(&self, batch: &[&[u32]], space: &mut Workspace<C>) -> Result<Vec<Vec<f32>>> {
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        self.embed_tokens(batch, space)?;
        for layer in &self.layers {
            layer.forward(&self.kernel, &lengths, self.heads, space);
        }
        let mut rows = &space.hidden[..];
        let vector = |length: usize| {
            let (text, rest) = rows.split_at(length * self.width);
            rows = rest;
            self.pool(text)
        };
        Ok(lengths.into_iter().map(vector).collect())
    }
}

impl<C: Cell> Bert for PackedBert<C> {
    fn pooled(&self, batch: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let free = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut space = free().pop().unwrap_or_default();
        let pooled = self.pooled_in(batch, &mut space);
        free().push(space);
        pooled
    }
}

/// The heads; a head and a row must be whole cells.
fn heads<C: Cell>(config: &Config) -> Result<Heads> {
    let count = config.num_attention_heads;
    let heads = Heads {
        count,
        width: config.hidden_size / count.max(1),
    };
    let whole = |columns: usize| columns.is_multiple_of(C::DEPTH);
    if heads.width == 0
        || heads.width * count != config.hidden_size
        || !whole(heads.width)
        || !whole(config.intermediate_size)
    {
        bail!(
            "{count} heads and {} inner columns do not suit a width of {} in this precision",
            config.intermediate_size,
            config.hidden_size
        );
    }
    Ok(heads)
}

fn values(tensor: Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}
