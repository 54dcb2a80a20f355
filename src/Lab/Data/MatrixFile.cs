namespace LossSpikes.Lab.Data;

/// <summary>A symmetric matrix in a CSV file without a header.</summary>
internal static class MatrixFile
{
    /// <summary>Reads the matrix; entries that differ from their mirror images by rounding are averaged with them.</summary>
    /// <exception cref="InputException">The file cannot be read, or the matrix is not square or not symmetric.</exception>
    public static double[,] Read(string file)
    {
        var lines = StrictCsv.Read(file);
        var (rows, columns) = (lines.Count, lines[0].Fields.Count);
        if (rows != columns)
        {
            throw new InputException($"{file}: the matrix has {rows} {(rows == 1 ? "row" : "rows")} "
                + $"and {columns} {(columns == 1 ? "column" : "columns")}; it must be square");
        }

        var matrix = new double[rows, rows];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < rows; j++)
            {
                matrix[i, j] = lines[i].Value(j, $"column {j + 1}");
            }
        }

        Symmetrize(matrix, lines);
        return matrix;
    }

    private static void Symmetrize(double[,] matrix, List<CsvLine> lines)
    {
        var tolerance = lines.Count * (double.BitIncrement(1) - 1) * matrix.Cast<double>().Max(Math.Abs);
        for (var i = 0; i < lines.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (below, above) = (matrix[i, j], matrix[j, i]);
                if (Math.Abs(below - above) > tolerance)
                {
                    var mirror = $"line {lines[j].Number}, column {i + 1}";
                    throw lines[i].Error(FormattableString.Invariant(
                        $"column {j + 1} is {below} but its mirror image in {mirror} is {above}; the matrix must be symmetric"));
                }

                matrix[i, j] = matrix[j, i] = (below / 2) + (above / 2);
            }
        }
    }
}
