/**
 * Which arithmetic trainings have here: counted up whenever equal recipes come to other bytes than before, as by another graph, another order
 * of sums or other random numbers. It is part of what nodes of a run must agree in, and is kept with checkpoints and versions; those of
 * before it was counted have the 1.
 *
 * 2: blocks of the gradient's norm are cut in each parameter by itself.
 * 3: windows of training are taken pass by pass.
 */
export const ARITHMETIC_REVISION = 3;
