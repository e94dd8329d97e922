/** How the numbers are defined, for who wants to repeat them. */
export const method = `## How it is measured

- Images are decoded as for training: 8-bit sRGB, EXIF orientation applied. All numbers are of the values as stored, not of linear light.
- **Brightness**: mean luma, 0.2126 R + 0.7152 G + 0.0722 B (ITU-R BT.709). **Saturation**: (max − min) / max of the channels, mean over the pixels (HSV).
- **Sol, instrument, exposure**: positions 1 to 4, 5 to 6 and 1 to 22 of the name. 'File naming for MSL MMM EDRs and single frame RDRs', Planetary Data System, [Analyst's Notebook](https://an.rsl.wustl.edu/help/).
- **Perceptual hash**: 64 bits, from the discrete cosine transform of the inner 80 % by 80 % at 32x32, grey. C. Zauner (2010), Implementation and benchmarking of perceptual image hash functions. The edge is left out because the black frame of many products would decide most bits.
- **Total variation**: half of Σ |p − q|. D. Levin, Y. Peres, E. Wilmer, Markov Chains and Mixing Times, proposition 4.2.
- **Jensen-Shannon distance**: the root of (KL(p, m) + KL(q, m)) / 2 with m = (p + q) / 2, base 2. D. Endres, J. Schindelin (2003), [doi.org/10.1109/TIT.2003.813506](https://doi.org/10.1109/TIT.2003.813506).
- **Kolmogorov-Smirnov** statistic: the largest difference of the two distribution functions. **Wasserstein** distance: the integral of their difference, in the unit of the values. A. Ramdas, N. García, M. Cuturi (2017), [doi.org/10.3390/e19020047](https://doi.org/10.3390/e19020047).
`;
