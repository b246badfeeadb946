/** Added to scores of what may not be seen or chosen: e^(it - any score) is exactly 0 in float32. */
export const HIDDEN = -1e9;
