Console.WriteLine("beffroi-agent");
