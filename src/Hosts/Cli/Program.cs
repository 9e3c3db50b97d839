Console.WriteLine("beffroi");
